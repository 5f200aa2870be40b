import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import type { FoundWorkflow } from '@skyrocket/contract/questions';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { FwId } from '@skyrocket/model/ids';
import { STATES, type State } from '@skyrocket/model/states';
import { pauseFor } from '@skyrocket/worker/outage';
import { refuseUnknownIds } from './selection.ts';

/** How Workflows stand that somebody waits for. */
export interface Standing {
  workflows: FoundWorkflow[];
  /** Fireworks of all of them by state, in the order in which Fireworks go through them. */
  counts: ReadonlyMap<State, number>;
  total: number;
  /** `stuck`: nothing runs or can be run any more, and not all is COMPLETED. Null: they go on. */
  end: 'completed' | 'stuck' | 'deleted' | null;
}

export interface Followed {
  launchpad: LaunchPad;
  fwIds: FwId[];
  log: Log;
  /** Ends it early. */
  until: AbortSignal;
}

const secondsBetweenLooks = 1;

/** Large Workflows are looked at less often: a second for so many Fireworks. */
const fireworksPerSecond = 2000;

/** What changes in steps (another program's completions do) may look stuck between two of them. */
const looksUntilStuck = 3;

/** The exit codes of commands that wait: `timeout` when it was over first. */
export const exitCodeOf = { completed: 0, stuck: 1, deleted: 1, timeout: 3 } as const;

/**
 * Looks at the Workflows that hold these Fireworks again and again until they have ended; the last standing has an `end`.
 * A launchpad that does not answer for a while is waited for.
 * @throws SkyrocketError NOT_FOUND when an id is unknown at the beginning
 */
export async function* followWorkflows(followed: Followed): AsyncGenerator<Standing> {
  const { launchpad, fwIds, until } = followed;
  await refuseUnknownIds(launchpad, fwIds);
  let looksWithoutWork = 0;
  while (!until.aborted) {
    const workflows = await lookPatiently(followed);
    if (workflows) {
      looksWithoutWork = isAtWork(workflows) ? 0 : looksWithoutWork + 1;
      const standing = standingOf(workflows, looksWithoutWork);
      yield standing;
      if (standing.end !== null) return;
      await pauseFor(Math.max(secondsBetweenLooks, standing.total / fireworksPerSecond) * 1000, until);
    } else await pauseFor(secondsBetweenLooks * 1000, until);
  }
}

/** Null while the launchpad does not answer. */
async function lookPatiently({ launchpad, fwIds, log }: Followed): Promise<FoundWorkflow[] | null> {
  try {
    return (await launchpad.findWorkflows({ fwIds, fields: 'summary' })).workflows;
  } catch (error) {
    if (!isSkyrocketError(error) || error.code !== 'STORE_UNAVAILABLE') throw error;
    log.warn(`${error.message}; waiting for it`);
    return null;
  }
}

const atWork: readonly State[] = ['READY', 'RESERVED', 'RUNNING'];

const isAtWork = (workflows: FoundWorkflow[]) =>
  workflows.some(({ states }) => [...states.values()].some((state) => atWork.includes(state)));

function standingOf(workflows: FoundWorkflow[], looksWithoutWork: number): Standing {
  const all = workflows.flatMap(({ states }) => [...states.values()]);
  const counts = new Map(
    STATES.map((state) => [state, all.filter((one) => one === state).length] as const).filter(
      ([, n]) => n > 0,
    ),
  );
  const isDone = all.every((state) => state === 'COMPLETED' || state === 'ARCHIVED');
  const end =
    workflows.length === 0
      ? 'deleted'
      : isDone
        ? 'completed'
        : looksWithoutWork >= looksUntilStuck
          ? 'stuck'
          : null;
  return { workflows, counts, total: all.length, end };
}

/** `12 COMPLETED, 3 RUNNING` */
export const countsText = ({ counts }: Standing) =>
  [...counts].map(([state, n]) => `${n} ${state}`).join(', ');
