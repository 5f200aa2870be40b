import { randomUUID } from 'node:crypto';
import type { StartToken } from '@skyrocket/contract/agents';
import type { ClaimedLaunch } from '@skyrocket/contract/running';
import { trackersOf } from '@skyrocket/model/launch-document';
import type { FireworkRecord, HistoryEntry, LaunchRecord } from '@skyrocket/model/records';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { Agent } from './agent.ts';
import { kindsOf } from './batching.ts';
import type { FileThread } from './file-thread.ts';
import { fireworkFiles } from './firework-files.ts';
import { makeLaunchDirectories, makeRequestedDirectory, removeIfEmpty } from './launch-directory.ts';
import { taskClasses } from './launch-tasks.ts';
import { throughOutages } from './outage.ts';
import { describeLaunch, type StartedLaunch, startedLaunch } from './started-launch.ts';
import { builtInTasks } from './tasks/built-in.ts';
import type { WorkerOptions } from './worker-options.ts';

export interface StartContext {
  worker: WorkerOptions;
  agent: Agent;
  /** Ends the patience with a launchpad that does not answer, and with a disk that is full. */
  until: AbortSignal;
  /** `launcher`: a new directory for each; `worker`: the worker's own; `launch`: the one that the Launch has already. */
  place: 'launcher' | 'worker' | 'launch';
  files: FileThread;
  /** Called once, when the launchpad is asked to start them: what is asked of it then shares a commit with that. */
  alongside?(): void;
}

/**
 * Makes the launch directories of claimed Launches and has the launchpad start them; those that it refuses are left out.
 * @throws SkyrocketError STORE_* when `until` ends an outage: then it is not known which of them are started
 */
export async function startClaims(claims: ClaimedLaunch[], context: StartContext): Promise<StartedLaunch[]> {
  const { agent, worker, until } = context;
  const { log } = worker;
  const launchpad = agent.launchpadUuid;
  const patience = { log, what: 'starting', until };
  const starts = await throughOutages(() => prepareStarts(claims, context), patience);
  await throughOutages(async () => {
    agent.journal.started(
      starts.map(({ claim, token, dir }) => ({ launchId: claim.launchId, token, launchpad, dir })),
    );
  }, patience);
  const answer = agent.startLaunches(
    starts.map(({ claim, token, dir }) => ({ launchId: claim.launchId, token, launchDir: dir })),
    until,
  );
  context.alongside?.();
  const results = await answer;
  const byLaunch = new Map(results.map((result) => [result.launchId, result]));
  const historyOf = startedHistories();
  const launches = starts.flatMap((start) => {
    const result = byLaunch.get(start.claim.launchId);
    if (result?.outcome === 'started') return [begin(start, { at: result.at, historyOf }, context)];
    dropRefused(start, result?.reason ?? 'the launchpad did not answer for it', context);
    return [];
  });
  writeFilesAhead(launches, context);
  return launches;
}

/** A claimed Launch with the directory that it will run in. */
interface Start {
  claim: ClaimedLaunch;
  token: StartToken;
  dir: string;
  directory: StartedLaunch['directory'];
  obstacle: string | null;
}

/** All or none. */
async function prepareStarts(claims: ClaimedLaunch[], context: StartContext): Promise<Start[]> {
  const { worker, files } = context;
  const starts = claims.map((claim) => prepareStart(claim, context));
  const homeless = starts.filter(({ directory }) => directory === 'new');
  const where = { parent: worker.directory, blockFormat: worker.blockFormat, files };
  const made = await makeLaunchDirectories(homeless.length, where);
  homeless.forEach((start, i) => {
    start.dir = made[i] ?? start.dir;
  });
  return starts;
}

/** In the directory that it asks for, or in the worker's; `new`: in one that is still to be made. */
function prepareStart(claim: ClaimedLaunch, { worker, place }: StartContext): Start {
  const token = randomUUID() as StartToken;
  if (place === 'launch')
    return { claim, token, dir: ownDirectory(claim), directory: 'used', obstacle: null };
  const requested = requestedDirectory(claim.firework, worker.directory);
  if (requested !== null && 'path' in requested)
    return { claim, token, dir: requested.path, directory: 'used', obstacle: null };
  const directory = place === 'worker' ? 'used' : 'new';
  return { claim, token, dir: worker.directory, directory, obstacle: requested?.obstacle ?? null };
}

const ownDirectory = ({ launches }: ClaimedLaunch): string => launches.at(-1)?.launchDir ?? '';

/**
 * Of many short ones together, while the launchpad is asked for the next. What cannot be written then is tried again, and
 * told, when the Launch runs.
 */
function writeFilesAhead(launches: StartedLaunch[], { worker, files }: StartContext): void {
  const suited = launches.filter((launch) => launch.directory === 'new' && isPlain(launch, worker));
  for (let from = 0; from < suited.length; from += writtenTogether) {
    const part = suited.slice(from, from + writtenTogether);
    const underWay = writeFiles(part, { worker, files });
    // Told to those that wait for it.
    underWay.catch(() => {});
    for (const launch of part) launch.filesUnderWay = underWay;
  }
}

/** Those that are written run while the next are. */
const writtenTogether = 50;

async function writeFiles(
  launches: StartedLaunch[],
  { worker, files }: Pick<StartContext, 'worker' | 'files'>,
): Promise<void> {
  const orders = await fireworkFiles(launches, worker.print);
  const failures = await files.obey(orders.flat());
  let at = 0;
  launches.forEach((launch, i) => {
    const end = at + (orders[i]?.length ?? 0);
    launch.filesWritten = failures.slice(at, end).every((failure) => failure === null);
    launch.filesUnderWay = null;
    at = end;
  });
}

/** Nothing has to be done in the directory before, and no module can be missing, so that it would be given back unused. */
const isPlain = ({ firework }: StartedLaunch, { nameUpdates }: WorkerOptions): boolean =>
  !firework.spec.has('_recovery') &&
  taskClasses(firework.spec).every((name) => builtInTasks.has(nameUpdates.get(name) ?? name));

/** What `_launch_dir` asks for; null when it asks for nothing. */
function requestedDirectory(
  { spec }: FireworkRecord,
  base: string,
): { path: string } | { obstacle: string } | null {
  const requested = spec.get('_launch_dir') ?? '';
  if (requested === '') return null;
  try {
    return { path: makeRequestedDirectory(String(requested), base) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { obstacle: `the launch directory "_launch_dir": ${requested} cannot be made: ${reason}` };
  }
}

/** The history of a Launch from its start on. */
type HistoryOf = (claimed: HistoryEntry[], at: Timestamp) => HistoryEntry[];

/** Launches that were claimed and started together have one history, which is sent to a thread once for all of them. */
function startedHistories(): HistoryOf {
  const known = new Map<HistoryEntry[], HistoryEntry[]>();
  return (claimed, at) => {
    const before = known.get(claimed);
    if (before?.at(-1)?.createdOn === at) return before;
    const history: HistoryEntry[] = [...claimed, { state: 'RUNNING', createdOn: at, updatedOn: at }];
    known.set(claimed, history);
    return history;
  };
}

interface Begun {
  at: Timestamp;
  historyOf: HistoryOf;
}

function begin(start: Start, { at, historyOf }: Begun, context: StartContext): StartedLaunch {
  const { claim, token, dir, directory, obstacle } = start;
  const { launchId } = claim;
  const firework: FireworkRecord = { ...claim.firework, state: 'RUNNING', updatedOn: at };
  const launches = claim.launches.map((launch) =>
    launch.launchId === launchId
      ? runningLaunch(launch, { ...start, history: historyOf(launch.history, at) }, context)
      : launch,
  );
  const launchpad = context.agent.launchpadUuid;
  return startedLaunch({
    launchId,
    token,
    launchpad,
    firework,
    kinds: kindsOf(firework),
    launches,
    launchDir: dir,
    directory,
    obstacle,
  });
}

/** As the launchpad has it now. */
function runningLaunch(
  launch: LaunchRecord,
  { claim, dir, history }: Start & Pick<LaunchRecord, 'history'>,
  { agent, worker }: StartContext,
): LaunchRecord {
  const { host, ip } = agent.place;
  return {
    ...launch,
    host,
    ip,
    state: 'RUNNING',
    fworker: worker.fworker,
    launchDir: dir,
    trackers: trackersOf(claim.firework.spec),
    history,
  };
}

function dropRefused(
  { claim, dir, directory }: Start,
  reason: string,
  { agent, worker }: StartContext,
): void {
  if (directory === 'new' && worker.uselessDirectories === 'remove') removeIfEmpty(dir);
  worker.log.warn(`${describeLaunch(claim)} is not run: ${reason}`);
  agent.journal.told([claim.launchId]);
}
