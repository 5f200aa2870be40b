import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Store } from '@skyrocket/launchpad/store/store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { completeLaunches } from '@skyrocket/model/decisions/complete-launches';
import { takeOverDuplicates } from '@skyrocket/model/decisions/duplicates';
import { fizzleLostLaunches } from '@skyrocket/model/decisions/lost-launches';
import { releaseLaunches } from '@skyrocket/model/decisions/release';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { LaunchNode } from '@skyrocket/model/neighbourhood';
import type { LaunchEnding, Operation, Picture } from '../../../model/test/operations.ts';
import { fireworkPicture } from '../../../model/test/picture.ts';
import { agent, newKey, token } from '../store-contract/samples.ts';
import { decide, endedOn, reserve, start } from '../store-contract/steps.ts';

type FinishOperation = Extract<Operation, { kind: 'finish' }>;
type LeaseOperation = Extract<Operation, { kind: 'lose' | 'release' }>;
type Ping = Extract<Operation, { kind: 'ping' }>;
type TakeOver = Extract<Operation, { kind: 'take-over' }>;
type UserOperation = Exclude<
  Operation,
  { kind: 'claim' | 'start' } | Ping | FinishOperation | LeaseOperation | TakeOver
>;

/**
 * A launchpad over a Store that does the operations of the model's tests. What a LaunchPad only does with the help of
 * clocks, counts or chance (a loss, the third worker that cannot import, which Fireworks are duplicates) is asked of the
 * Store with the decision that the LaunchPad would take.
 */
export class LivingLaunchpad {
  readonly #store: Store;
  readonly #launchpad: LaunchPad;
  readonly #started = new Set<LaunchId>();

  private constructor(store: Store) {
    this.#store = store;
    this.#launchpad = storeLaunchPad(store);
  }

  static async over(store: Store): Promise<LivingLaunchpad> {
    await store.registerAgent(agent('a'));
    return new LivingLaunchpad(store);
  }

  /** Does an operation; false when it is refused. */
  async do(operation: Operation): Promise<boolean> {
    try {
      await this.#carryOut(operation);
      return true;
    } catch (error) {
      if (isSkyrocketError(error)) return false;
      throw error;
    }
  }

  async #carryOut(operation: Operation): Promise<void> {
    switch (operation.kind) {
      case 'claim':
        await reserve(this.#store, operation.fwId);
        break;
      case 'start':
        await this.#start(operation.launchId);
        break;
      case 'ping':
        await this.#ping(operation);
        break;
      case 'finish':
        await this.#finish(operation);
        break;
      case 'lose':
      case 'release':
        await this.#endLease(operation);
        break;
      case 'take-over':
        await this.#takeOver(operation);
        break;
      default:
        await this.#decideForUser(operation);
    }
  }

  async #decideForUser(operation: UserOperation): Promise<void> {
    const key = newKey();
    if (operation.kind === 'add') {
      await this.#launchpad.addWorkflows({ key, workflows: [operation.workflow] });
    } else if (operation.kind === 'append') {
      await this.#launchpad.appendWorkflow({ ...operation, key });
    } else if (operation.kind === 'update') {
      await this.#launchpad.updateSpecs({ ...operation, key });
    } else if (operation.kind === 'rerun') {
      await this.#launchpad.rerun({ ...operation, key });
    } else {
      await this.#launchpad[operation.kind]({ key, fwIds: operation.fwIds });
    }
  }

  async #start(id: LaunchId): Promise<void> {
    const { outcome } = await start(this.#store, id);
    if (outcome !== 'started') throw new Error(`Launch ${id} was not started`);
    this.#started.add(id);
  }

  async #ping({ launchId, checkpoint }: Ping): Promise<void> {
    const pings = [{ launchId, token: token(`token of ${launchId}`), checkpoint }];
    await this.#launchpad.heartbeat({ agentId: agent('a').agentId, pings });
  }

  /** Reports are for Launches that were started; for one that never was, the decision alone can be asked. */
  async #finish({ ends }: FinishOperation): Promise<void> {
    if (!ends.every(({ launchId }) => this.#started.has(launchId))) return this.#finishUnstarted(ends);
    const { uuid: launchpad } = await this.#launchpad.identity();
    const reports = ends.map((end) => ({
      ...end,
      launchpad,
      token: token(`token of ${end.launchId}`),
      endedOn,
    }));
    await this.#launchpad.report({ key: newKey(), reports });
  }

  async #finishUnstarted(ends: LaunchEnding[]): Promise<void> {
    const launchIds = ends.map(({ launchId }) => launchId);
    await decide(this.#store, { launchIds }, ({ neighbourhood, launches }) =>
      completeLaunches(neighbourhood, {
        finished: ends.map((end) => ({ ...recorded(launches, end.launchId), ...end, endedOn })),
      }),
    );
  }

  async #endLease(operation: LeaseOperation): Promise<void> {
    const { launchId } = operation;
    if (operation.kind === 'lose') {
      await decide(this.#store, { launchIds: [launchId] }, ({ neighbourhood, launches, now }) => {
        const lost = { ...recorded(launches, launchId), ...operation, reason: 'The worker is gone.' };
        return fizzleLostLaunches(neighbourhood, { launches: [lost], now });
      });
      return;
    }
    const cannotImport = { task: 'my.Task', workers: operation.workersThatCannotImport };
    await decide(this.#store, { launchIds: [launchId] }, ({ neighbourhood, launches, now }) => {
      const released = { ...recorded(launches, launchId), reason: 'Given back.', cannotImport };
      return releaseLaunches(neighbourhood, { launches: [released], now });
    });
  }

  async #takeOver(operation: TakeOver): Promise<void> {
    const fwIds = [operation.fwId, ...operation.matches];
    await decide(this.#store, { fwIds }, ({ neighbourhood, now }) =>
      takeOverDuplicates(neighbourhood, { ...operation, now }),
    );
  }

  async picture(): Promise<Picture> {
    const { fireworks } = await this.#launchpad.findFireworks({ fields: 'all' });
    const { workflows } = await this.#launchpad.findWorkflows({ fields: 'summary' });
    const children = new Map(workflows.flatMap(({ links }) => [...links]));
    const launches = fireworks.flatMap((one) => [...one.launchRecords, ...one.archivedRecords]);
    return {
      fireworks: Object.fromEntries(
        fireworks.map((one) => [
          one.fwId,
          fireworkPicture({ ...one, children: children.get(one.fwId) ?? [] }),
        ]),
      ),
      launches: Object.fromEntries(launches.map(({ launchId, state }) => [launchId, state])),
      workflows: Object.fromEntries(workflows.map(({ nodes, state }) => [Math.min(...nodes), state])),
    };
  }
}

function recorded(
  launches: ReadonlyMap<LaunchId, LaunchNode>,
  launchId: LaunchId,
): { launchId: LaunchId; fwId: FwId; recorded: LaunchNode['state'] } {
  const launch = launches.get(launchId);
  if (!launch) throw new Error(`there is no Launch ${launchId}`);
  return { launchId, fwId: launch.fwId, recorded: launch.state };
}
