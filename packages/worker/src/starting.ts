import { randomUUID } from 'node:crypto';
import type { ClaimedLaunch, StartToken } from '@skyrocket/contract/launchpad';
import type { FireworkRecord, LaunchRecord } from '@skyrocket/model/records';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { Agent } from './agent.ts';
import { makeLaunchDirectory, makeRequestedDirectory, removeIfEmpty } from './launch-directory.ts';
import { throughOutages } from './outage.ts';
import { describeLaunch, type StartedLaunch, startedLaunch } from './started-launch.ts';
import { trackersOf } from './trackers.ts';
import type { WorkerOptions } from './worker-options.ts';

export interface StartContext {
  worker: WorkerOptions;
  agent: Agent;
  /** Ends the patience with a launchpad that does not answer, and with a disk that is full. */
  until: AbortSignal;
  /** `launcher`: a new directory for each; `worker`: the worker's own. */
  place: 'launcher' | 'worker';
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
  const starts = await throughOutages(async () => prepareStarts(claims, context), patience);
  await throughOutages(async () => {
    agent.journal.started(
      starts.map(({ claim, token, dir }) => ({ launchId: claim.launchId, token, launchpad, dir })),
    );
  }, patience);
  const results = await agent.startLaunches(
    starts.map(({ claim, token, dir }) => ({ launchId: claim.launchId, token, launchDir: dir })),
    until,
  );
  const byLaunch = new Map(results.map((result) => [result.launchId, result]));
  return starts.flatMap((start) => {
    const result = byLaunch.get(start.claim.launchId);
    if (result?.outcome === 'started') return [begin(start, result.at, context)];
    dropRefused(start, result?.reason ?? 'the launchpad did not answer for it', context);
    return [];
  });
}

/** A claimed Launch with the directory that it will run in. */
interface Start {
  claim: ClaimedLaunch;
  token: StartToken;
  dir: string;
  directory: StartedLaunch['directory'];
  obstacle: string | null;
}

/** All or none: directories of an attempt that fails half-way are removed again. */
function prepareStarts(claims: ClaimedLaunch[], context: StartContext): Start[] {
  const made: Start[] = [];
  try {
    for (const claim of claims) made.push(prepareStart(claim, context));
    return made;
  } catch (error) {
    for (const { dir, directory } of made) if (directory === 'new') removeIfEmpty(dir);
    throw error;
  }
}

function prepareStart(claim: ClaimedLaunch, { worker, place }: StartContext): Start {
  const token = randomUUID() as StartToken;
  const requested = requestedDirectory(claim.firework, worker.directory);
  if (requested !== null && 'path' in requested)
    return { claim, token, dir: requested.path, directory: 'used', obstacle: null };
  const obstacle = requested?.obstacle ?? null;
  if (place === 'worker') return { claim, token, dir: worker.directory, directory: 'used', obstacle };
  const dir = makeLaunchDirectory(worker.directory, worker.blockFormat);
  return { claim, token, dir, directory: 'new', obstacle };
}

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

function begin(start: Start, at: Timestamp, context: StartContext): StartedLaunch {
  const { claim, token, dir, directory, obstacle } = start;
  const { launchId } = claim;
  const firework: FireworkRecord = { ...claim.firework, state: 'RUNNING', updatedOn: at };
  const launches = claim.launches.map((launch) =>
    launch.launchId === launchId ? runningLaunch(launch, start, { at, ...context }) : launch,
  );
  const launchpad = context.agent.launchpadUuid;
  return startedLaunch({
    ...{ launchId, token, launchpad, firework, launches, launchDir: dir, directory, obstacle },
  });
}

/** As the launchpad has it now. */
function runningLaunch(
  launch: LaunchRecord,
  { claim, dir }: Start,
  { agent, worker, at }: Pick<StartContext, 'agent' | 'worker'> & { at: Timestamp },
): LaunchRecord {
  return {
    ...launch,
    ...agent.place,
    state: 'RUNNING',
    fworker: worker.fworker,
    launchDir: dir,
    trackers: trackersOf(claim.firework.spec),
    history: [...launch.history, { state: 'RUNNING', createdOn: at, updatedOn: at }],
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
