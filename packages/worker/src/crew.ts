import type { LaunchPing } from '@skyrocket/contract/agents';
import type { ClaimedLaunch, LaunchReport, ReportResult } from '@skyrocket/contract/running';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { LaunchId } from '@skyrocket/model/ids';
import { trackersOf } from '@skyrocket/model/launch-document';
import { type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import { type Agent, startAgent, type Watched } from './agent.ts';
import { createDurations, type Durations } from './batching.ts';
import { failureAction, failureWithReason } from './failure-action.ts';
import { type FileThread, startFileThread } from './file-thread.ts';
import {
  type LaunchOutcome,
  type LaunchResult,
  type RunTools,
  runLaunch,
  type Slot,
  type Unimported,
} from './launch-run.ts';
import { isOutage } from './outage.ts';
import { startPythonBridge } from './python-bridge.ts';
import { keepRefusedReport } from './refused-report.ts';
import { createReports, type Reports } from './reports.ts';
import { startSpawner } from './spawner.ts';
import { describeLaunch, type StartedLaunch } from './started-launch.ts';
import { type StartContext, startClaims } from './starting.ts';
import { type Stop, type StopSignal, stopSignal } from './stop.ts';
import { readTrackers } from './trackers.ts';
import { createUnimportable, type Unimportable } from './unimportable.ts';
import type { WorkerOptions } from './worker-options.ts';

/** What a worker did. */
export interface WorkerEnd {
  /** Launches that ran. */
  launched: number;
  completed: number;
  fizzled: number;
  /** Launches given back without a result: a module that cannot be imported, a signal with `onSignal` release. */
  released: number;
  /** Launches that ran until the user, or the end of a lease, took them away. */
  takenAway: number;
  /** Results that are in the journal and that the launchpad has not taken. */
  untold: number;
  /** What ended the worker early. */
  interruptedBy: StopSignal | null;
  /** Why, where it was no signal to this process. */
  because: string | null;
}

/** A worker at work: all that it takes to start Launches, to run them, and to tell how they ended. */
export interface Crew extends RunTools {
  stop: Stop;
  agent: Agent;
  reports: Reports;
  durations: Durations;
  unimportable: Unimportable;
  files: FileThread;
  counts: Pick<WorkerEnd, 'launched' | 'completed' | 'fizzled' | 'released' | 'takenAway'>;
  /** Started and not ended. */
  open: Map<LaunchId, StartedLaunch>;
  /** Aborted when there is no more time to wait for a launchpad that does not answer. */
  patience: AbortSignal;
  /** Called when the launchpad has taken results. */
  onTold: (results: ReportResult[]) => void;
}

/** Tries to tell results for so long after tasks were ended by a signal. */
const closingSeconds = 10;

/**
 * Registers an agent, does the work, and ends in good order: what was not begun is given back, results are told.
 * @throws SkyrocketError when the launchpad cannot be reached at the start; what `work` throws
 */
export async function withCrew(
  worker: WorkerOptions,
  stop: Stop,
  work: (crew: Crew) => Promise<void>,
): Promise<WorkerEnd> {
  const crew = await assemble(worker, stop);
  try {
    await work(crew);
  } finally {
    await dismiss(crew);
  }
  const interruptedBy = stopSignal(stop);
  return { ...crew.counts, untold: crew.reports.untold(), interruptedBy, because: stop.because };
}

async function assemble(worker: WorkerOptions, stop: Stop): Promise<Crew> {
  const { launchpad, fworker, log, spool, graceSeconds } = worker;
  const open = new Map<LaunchId, StartedLaunch>();
  const agent = await startAgent(worker, watched(open));
  const screens = { stdout: process.stdout, stderr: process.stderr };
  const patience = patienceAfter(stop, graceSeconds + closingSeconds);
  const crew: Crew = {
    worker,
    stop,
    agent,
    spawner: startSpawner({ graceSeconds, screens }),
    bridge: startPythonBridge({ ...worker, fworker, screens }),
    reports: createReports({
      ...{ launchpad, journal: agent.journal, log, spool, until: patience },
      told: (results) => crew.onTold(results),
    }),
    durations: createDurations(),
    unimportable: createUnimportable(),
    files: startFileThread(),
    counts: { launched: 0, completed: 0, fizzled: 0, released: 0, takenAway: 0 },
    open,
    patience,
    onTold: () => {},
  };
  stop.asked.addEventListener('abort', () => interruptAll(crew), { once: true });
  stop.atOnce.addEventListener('abort', () => killAll(crew), { once: true });
  return crew;
}

function patienceAfter(stop: Stop, seconds: number): AbortSignal {
  const patience = new AbortController();
  const end = () => patience.abort();
  stop.asked.addEventListener('abort', () => setTimeout(end, seconds * 1000).unref(), { once: true });
  stop.atOnce.addEventListener('abort', end, { once: true });
  return patience.signal;
}

function interruptAll({ stop, open }: Crew): void {
  const signal = stopSignal(stop) ?? 'SIGTERM';
  const { because } = stop;
  for (const launch of open.values()) launch.end({ kind: 'interrupted', signal, because });
}

function killAll({ spawner, bridge }: Crew): void {
  spawner.kill();
  bridge.kill();
}

/** Each is told when it is taken away. */
function watched(open: ReadonlyMap<LaunchId, StartedLaunch>): Watched {
  return {
    pings: () => Array.from(open.values(), pingOf),
    takenAway: (launchId, reason) => open.get(launchId)?.end({ kind: 'taken away', reason }),
  };
}

function pingOf({ launchId, token, checkpoint, firework, launchDir }: StartedLaunch): LaunchPing {
  const trackers = trackersOf(firework.spec);
  return {
    ...{ launchId, token },
    ...(checkpoint && { checkpoint }),
    ...(checkpoint && trackers.length > 0 && { trackers: readTrackers(trackers, launchDir) }),
  };
}

/** Starts claimed Launches. @throws as {@link startClaims} */
export async function startLaunches(
  crew: Crew,
  claims: ClaimedLaunch[],
  how: Pick<StartContext, 'place' | 'alongside'>,
): Promise<StartedLaunch[]> {
  const { worker, agent, files, open, stop } = crew;
  const started = await startClaims(claims, { worker, agent, ...how, files, until: crew.patience });
  for (const launch of started) open.set(launch.launchId, launch);
  if (stop.asked.aborted) interruptAll(crew);
  return started;
}

/** Where Launches run one after another, and when the last of them was over, in milliseconds. */
export interface SlotTurns extends Slot {
  turns: { lastOver: number };
}

/** Runs a started Launch and hands its result in, or gives it back. */
export async function runAndReport(
  crew: Crew,
  launch: StartedLaunch,
  slot: SlotTurns,
): Promise<LaunchOutcome['kind']> {
  const { agent, counts, durations, worker } = crew;
  const { turns } = slot;
  const begun = performance.now();
  const described = describeLaunch(launch);
  counts.launched++;
  worker.log.info(`${described} runs in ${launch.launchDir}`);
  const outcome = await runLaunch({ launch, slot, progressed: agent.tellSoon }, crew);
  const seconds = (performance.now() - Math.max(begun, turns.lastOver)) / 1000;
  turns.lastOver = performance.now();
  if (outcome.kind !== 'released') durations.observe(launch.kinds, seconds);
  if (outcome.kind === 'released') await release(crew, launch, outcome);
  else settle(crew, launch, outcome);
  const told = `${described} ${describeOutcome(outcome)} (${seconds.toFixed(1)} s)`;
  const isOrdinary = outcome.kind === 'COMPLETED' || (outcome.kind === 'released' && !outcome.unimportable);
  worker.log[isOrdinary ? 'info' : 'warn'](told);
  return outcome.kind;
}

function describeOutcome(outcome: LaunchOutcome): string {
  if (outcome.kind === 'COMPLETED') return 'is COMPLETED';
  const what = outcome.kind === 'FIZZLED' ? 'is FIZZLED' : `was ${outcome.kind}`;
  return `${what}: ${outcome.reason}`;
}

type Released = Extract<LaunchOutcome, { kind: 'released' }>;

function release(crew: Crew, launch: StartedLaunch, outcome: Released): Promise<void> {
  crew.counts.launched--;
  return giveBack(crew, [launch], outcome);
}

function settle(crew: Crew, launch: StartedLaunch, outcome: Exclude<LaunchOutcome, Released>): void {
  const { agent, counts } = crew;
  switch (outcome.kind) {
    case 'COMPLETED':
      counts.completed++;
      handIn(crew, launch, outcome.kind, outcome);
      break;
    case 'FIZZLED':
      counts.fizzled++;
      handIn(crew, launch, outcome.kind, outcome);
      break;
    case 'taken away':
      counts.takenAway++;
      keepTakenAway(crew, launch, outcome);
      forget(crew, launch);
      agent.journal.told([launch.launchId]);
  }
}

/** The launchpad would refuse it; the user finds it where a report is that came too late. */
function keepTakenAway(
  { worker }: Crew,
  launch: StartedLaunch,
  { reason, result }: Extract<LaunchOutcome, { kind: 'taken away' }>,
): void {
  const report = reportOf(launch, result.state, result);
  keepRefusedReport({ report, reason, dir: launch.launchDir }, worker.spool, worker.log);
}

type State = LaunchResult['state'];
type Result = Omit<LaunchResult, 'state'>;

function handIn(crew: Crew, launch: StartedLaunch, state: State, result: Result): void {
  crew.reports.add({ report: reportOf(launch, state, result), dir: launch.launchDir });
  forget(crew, launch);
}

function reportOf(launch: StartedLaunch, state: State, { action, checkpoint }: Result): LaunchReport {
  const { launchpad, launchId, token, firework, launchDir } = launch;
  const endedOn = momentAfter(firework.updatedOn);
  const report: LaunchReport = { launchpad, launchId, token, state, action, endedOn };
  if (checkpoint) report.checkpoint = checkpoint;
  const trackers = trackersOf(firework.spec);
  if (trackers.length > 0) report.trackers = readTrackers(trackers, launchDir);
  return report;
}

/** To ask for it takes as long as to write a moment. */
const { timeOrigin } = performance;

/** The clock of the launchpad may be ahead of ours: nothing ends before it started. */
function momentAfter(start: Timestamp): Timestamp {
  const now = timestamp(timeOrigin + performance.now());
  return now > start ? now : start;
}

const forget = ({ open }: Crew, { launchId }: StartedLaunch) => open.delete(launchId);

export interface GivingBack {
  /** A few words, kept with the Launches. */
  reason: string;
  /** The task that cannot be imported here. */
  unimportable: Unimported | null;
}

/** Gives started Launches back: their Fireworks become READY again. Where that cannot be told, they are FIZZLED. */
export async function giveBack(
  crew: Crew,
  launches: StartedLaunch[],
  { reason, unimportable }: GivingBack,
): Promise<void> {
  const { agent, worker, counts, patience } = crew;
  if (launches.length === 0) return;
  if (unimportable?.concerns === 'class') crew.unimportable.add(unimportable.task);
  else if (unimportable) crew.unimportable.addFireworks(launches.map(({ firework }) => firework.fwId));
  const cannotImport = unimportable && { task: unimportable.task, worker: worker.fworker.name };
  const releases = launches.map(({ launchId }) => ({
    ...{ launchId, reason },
    ...(cannotImport && { cannotImport }),
  }));
  try {
    await agent.release(releases, patience);
    for (const launch of launches) forget(crew, launch);
    counts.released += launches.length;
    agent.journal.told(launches.map(({ launchId }) => launchId));
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    worker.log.warn(`${launches.length} Launches cannot be given back: ${error.message}`);
    const action = failureAction(failureWithReason(reason));
    for (const launch of launches) handIn(crew, launch, 'FIZZLED', { action });
  }
}

async function dismiss(crew: Crew): Promise<void> {
  const { agent, reports, stop, spawner, bridge, files, open } = crew;
  const kills = stop.atOnce.aborted;
  // Meanwhile: a thread takes some milliseconds to end.
  const filesStopped = files.stop();
  if (!kills) {
    const unbegun = [...open.values()];
    await giveBack(crew, unbegun, { reason: 'the worker ended before it ran it', unimportable: null });
    await tellResults(crew);
  }
  reports.stop();
  await agent.stop(kills ? 'abandon' : 'sign-off');
  await Promise.all([spawner.stop(), bridge.stop(), filesStopped]);
  agent.journal.close();
}

async function tellResults({ reports, worker, agent }: Crew): Promise<void> {
  try {
    await reports.flush();
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    const what = `${reports.untold()} results are in ${agent.journal.path}`;
    const then = isOutage(error) ? 'the next worker tells them, or "lpad recover"' : 'they are kept there';
    worker.log.error(`${what}, not in the launchpad: ${error.message}; ${then}`);
  }
}
