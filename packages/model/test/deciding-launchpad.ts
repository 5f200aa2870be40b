import { appendWorkflow } from '@skyrocket/model/decisions/append-workflow';
import { archive } from '@skyrocket/model/decisions/archive';
import { completeLaunches } from '@skyrocket/model/decisions/complete-launches';
import { defuse, reignite } from '@skyrocket/model/decisions/defuse';
import { takeOverDuplicates } from '@skyrocket/model/decisions/duplicates';
import { updateSpecs } from '@skyrocket/model/decisions/edit-specs';
import { fizzleLostLaunches } from '@skyrocket/model/decisions/lost-launches';
import { pause, resume } from '@skyrocket/model/decisions/pause';
import { refreshFireworks } from '@skyrocket/model/decisions/refresh';
import { releaseLaunches } from '@skyrocket/model/decisions/release';
import { rerun } from '@skyrocket/model/decisions/rerun';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { LaunchId } from '@skyrocket/model/ids';
import { InMemoryWorld } from './in-memory-world.ts';
import type { Operation } from './operations.ts';
import { fireworkPicture } from './picture.ts';

/** A launchpad made of the decisions over an {@link InMemoryWorld}: what is compared with the reference model. */
export class DecidingLaunchpad {
  readonly world = new InMemoryWorld();

  /** Does an operation; false when it is refused. */
  do(operation: Operation): boolean {
    try {
      this.#carryOut(operation);
      return true;
    } catch (error) {
      if (isSkyrocketError(error)) return false;
      throw error;
    }
  }

  #carryOut(operation: Operation): void {
    const { world } = this;
    switch (operation.kind) {
      case 'add':
        world.add(operation.workflow);
        return;
      case 'claim':
        world.claim(operation.fwId);
        return;
      case 'start':
        world.start(operation.launchId);
        return;
      case 'ping':
        world.ping(operation.launchId, operation.checkpoint);
        return;
      default:
        this.#decide(operation);
    }
  }

  #decide(operation: Exclude<Operation, { kind: 'add' | 'claim' | 'start' | 'ping' }>): void {
    const { world } = this;
    const now = world.now();
    switch (operation.kind) {
      case 'finish': {
        const finished = operation.ends.map((end) => ({
          ...this.#recorded(end.launchId),
          ...end,
          endedOn: now,
        }));
        world.decide((known) => completeLaunches(known, { finished }));
        break;
      }
      case 'lose': {
        const lost = { ...this.#recorded(operation.launchId), ...operation, reason: 'The worker is gone.' };
        world.decide((known) => fizzleLostLaunches(known, { launches: [lost], now }));
        break;
      }
      case 'release': {
        const cannotImport = { task: 'my.Task', workers: operation.workersThatCannotImport };
        const released = { ...this.#recorded(operation.launchId), reason: 'Given back.', cannotImport };
        world.decide((known) => releaseLaunches(known, { launches: [released], now }));
        break;
      }
      case 'take-over':
        world.decide((known) => takeOverDuplicates(known, { ...operation, now }));
        break;
      default:
        this.#decideForUser(operation);
    }
  }

  #decideForUser(operation: ForUsers): void {
    const { world } = this;
    if (operation.kind === 'append') world.decide((known) => appendWorkflow(known, operation));
    else if (operation.kind === 'update') world.decide((known) => updateSpecs(known, operation));
    else if (operation.kind === 'refresh') world.decide((known) => refreshFireworks(known, operation));
    else {
      const decision = userDecisions[operation.kind];
      world.decide((known) => decision(known, operation));
    }
  }

  #recorded(id: LaunchId) {
    const { fwId, state } = this.world.launch(id);
    return { launchId: id, fwId, recorded: state };
  }

  /** As {@link ReferenceModel.fireworks}. */
  fireworks(): Record<number, string> {
    const { world } = this;
    return Object.fromEntries(
      [...world.fireworks].map(([id, one]) => [
        id,
        fireworkPicture({ ...one, children: world.children(id) }),
      ]),
    );
  }

  launches(): Record<number, string> {
    return Object.fromEntries([...this.world.launches].map(([id, { state }]) => [id, state]));
  }

  workflows(): Record<number, string> {
    const { world } = this;
    const names = [...world.workflows];
    const firsts = names.filter(([id, name]) => names.find(([, other]) => other === name)?.[0] === id);
    return Object.fromEntries(firsts.map(([id]) => [id, world.workflowState(id)]));
  }
}

const userDecisions = { pause, resume, defuse, reignite, rerun, archive };

type ForUsers = Extract<Operation, { kind: 'append' | 'update' | 'refresh' | keyof typeof userDecisions }>;
