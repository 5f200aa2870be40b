import type { BatchJob } from '@skyrocket/contract/agents';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import type { ExplainedLaunch, ExplainLost } from '@skyrocket/contract/maintenance';
import type { FoundFirework } from '@skyrocket/contract/questions';
import { saysLost, unexplainedJob } from '@skyrocket/model/decisions/lost-action';
import type { LaunchRecord } from '@skyrocket/model/records';
import { epochMilliseconds } from '@skyrocket/model/timestamp';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import type { BatchSystem } from './batch-system.ts';
import type { Queue } from './queue.ts';

/** Which lost Fireworks run again by themselves. */
export interface LostPolicy {
  /** Causes, as in `EndCause`, and REQUEUED. */
  rerun: readonly string[];
  /** How often one Firework does, at most. */
  atMost: number;
}

/** The batch system that can be asked, and whose jobs it knows. */
export interface Explainer {
  launchpad: Pick<LaunchPad, 'findFireworks' | 'explainLost'>;
  queue: Pick<Queue, 'howEnded' | 'restartsOf'>;
  system: Pick<BatchSystem, 'jobSystem' | 'name'>;
  /** The name of the FWorker that stands for this cluster: another one's job may have the same id. */
  fworker: string;
  policy: LostPolicy;
  log: Log;
  /** A text that nobody else has drawn. */
  random(): string;
}

/** Accounting knows a job for so long; then nobody asks any more. */
const askedMilliseconds = 7 * 24 * 3600_000;

/**
 * Asks the batch system why the jobs of lost Launches ended, keeps that with the Launches, and lets those Fireworks run again that
 * policy names. Upkeep declares Launches lost where it can (the server, a job, a login node), and cannot always ask; this is for where
 * the commands of the batch system are. What it does not tell yet is asked again the next time.
 */
export async function explainLost(explainer: Explainer): Promise<ExplainedLaunch[]> {
  const { launchpad, policy, log, random } = explainer;
  const lost = await findUnexplained(explainer);
  const ends = await endsOf(explainer, new Map(lost.map(({ job }) => [keyOf(job), job])));
  const told = lost.flatMap(({ firework, launch, job }): ExplainLost['ends'] => {
    const end = ends.get(keyOf(job));
    if (!end) return [];
    const again = policy.rerun.includes(end.cause) && timesLost(firework) <= policy.atMost;
    return [{ launchId: launch.launchId, ...end, afterwards: again ? 'rerun' : 'stop' }];
  });
  if (told.length === 0) return [];
  const { explained } = await launchpad.explainLost({ key: random(), ends: told });
  for (const { launchId, fwId, cause, reran } of explained) {
    const then = reran ? 'it runs again' : 'it stays FIZZLED';
    log.warn(`Launch ${launchId} of Firework ${fwId} was lost since its job ended (${cause}): ${then}`);
  }
  return explained;
}

interface Unexplained {
  firework: FoundFirework;
  launch: LaunchRecord;
  job: BatchJob;
}

async function findUnexplained({ launchpad, system, fworker }: Explainer): Promise<Unexplained[]> {
  if (system.jobSystem === null) return [];
  const launchFilter: UserMap = new Map<string, UserValue>([
    ['state', 'FIZZLED'],
    ['fworker.name', fworker],
    ['action.stored_data._job.system', system.jobSystem],
    ['action.stored_data._job.cause', new Map([['$exists', false]])],
  ]);
  const filter = new Map([['state', 'FIZZLED']]);
  const { fireworks } = await launchpad.findFireworks({ filter, launchFilter, fields: 'all' });
  return fireworks.flatMap((firework) =>
    firework.launchRecords.flatMap((launch): Unexplained[] => {
      const job = launch.action && unexplainedJob(launch.action);
      const isOurs = job?.system === system.jobSystem && launch.fworker.name === fworker;
      return job && isOurs && wasLostLately(launch) ? [{ firework, launch, job }] : [];
    }),
  );
}

function wasLostLately({ history }: LaunchRecord): boolean {
  const entry = history.findLast(({ state }) => state === 'FIZZLED');
  return entry !== undefined && Date.now() - epochMilliseconds(entry.createdOn) < askedMilliseconds;
}

const keyOf = ({ id, restarts }: BatchJob) => `${id} ${restarts}`;

type End = Pick<ExplainLost['ends'][number], 'cause' | 'words'>;

/** Each job is asked for once. A job that was requeued is lost to its workers, whatever became of it then. */
async function endsOf(
  { queue, system }: Explainer,
  jobs: ReadonlyMap<string, BatchJob>,
): Promise<Map<string, End>> {
  const ends = new Map<string, End>();
  for (const [key, { id, restarts }] of jobs) {
    const now = (await queue.restartsOf(id)) ?? 0;
    if (now > restarts) {
      ends.set(key, { cause: 'REQUEUED', words: `REQUEUED, ${system.name} began it anew` });
      continue;
    }
    const end = await queue.howEnded(id);
    if (typeof end !== 'string') ends.set(key, end);
  }
  return ends;
}

/** How many Launches of a Firework were lost so far, with the one in question. */
function timesLost({ launchRecords, archivedRecords }: FoundFirework): number {
  return [...launchRecords, ...archivedRecords].filter(({ action }) => action && saysLost(action)).length;
}
