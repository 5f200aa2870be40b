import type { Log } from '@skyrocket/contract/log';
import type { LaunchReport } from '@skyrocket/contract/running';
import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import type { Checkpoint } from '@skyrocket/model/records';
import { applyActionToSpec } from '@skyrocket/model/spec-edits';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { setAsideActionFiles } from './action-file.ts';
import type { BackgroundTasks } from './background-tasks.ts';
import { type Failure, failureAction, failureOf, failureWithReason } from './failure-action.ts';
import { copyFilesIn } from './files-in.ts';
import { writeFireworkFiles } from './firework-files.ts';
import { removeIfEmpty } from './launch-directory.ts';
import { type LaunchOutput, launchOutput } from './launch-output.ts';
import { type LaunchTasks, openTasks } from './launch-tasks.ts';
import { withPassedOn } from './passing-on.ts';
import type { PythonBridge } from './python-bridge.ts';
import { PythonImportError } from './python-bridge-errors.ts';
import { copyEarlierFiles, type Recovery, recoveryOf } from './recovery.ts';
import { NotStartedError } from './run-command.ts';
import { mayBeOfAStop, whenItHasToEnd } from './signalled-together.ts';
import type { Spawner } from './spawner.ts';
import { describeLaunch, type StartedLaunch } from './started-launch.ts';
import { checkpointOf, type Progress, runSequence } from './task-sequence.ts';
import type { WorkerOptions } from './worker-options.ts';

/** What a Launch is run with. */
export interface RunTools {
  worker: WorkerOptions;
  spawner: Spawner;
  bridge: PythonBridge;
}

export interface RunRequest {
  launch: StartedLaunch;
  slot: Slot;
  /** Told before each further task; the checkpoint is in the Launch. */
  progressed(): void;
}

/** Where a Launch runs beside others. */
export interface Slot {
  /** Kept in stored_data.multiprocess_name; null: not kept. */
  name: string | null;
  /** Added to the environment of its tasks' processes. */
  environment: Record<string, string>;
  /** Of commands that wait for each other, where others of this slot run while it is begun: slot-line.ts. */
  line: number | null;
}

/** How a Launch ended. */
export type LaunchOutcome =
  | { kind: 'COMPLETED'; action: FWAction; checkpoint?: Checkpoint }
  | { kind: 'FIZZLED'; action: FWAction; checkpoint?: Checkpoint; reason: string }
  /** No result: its Firework is to be READY again. */
  | { kind: 'released'; reason: string; unimportable: Unimported | null }
  /** The launchpad takes no result of it any more; what there is of one is for the user. */
  | { kind: 'taken away'; reason: string; result: LaunchResult };

export type LaunchResult = Pick<LaunchReport, 'state' | 'action' | 'checkpoint'>;

/** A task that cannot be imported here, and what that keeps from running. */
export interface Unimported {
  task: string;
  concerns: 'class' | 'firework';
}

/** Runs the tasks of a Launch in its directory: format §7.2. Whatever happens becomes the outcome; it never rejects. */
export async function runLaunch(request: RunRequest, tools: RunTools): Promise<LaunchOutcome> {
  const run = beginRun(request, tools);
  try {
    await runAll(run);
    return await succeeded(run);
  } catch (error) {
    return await failed(run, error);
  } finally {
    if (run.tasks?.close) await closeTasks(run);
  }
}

interface Run extends RunRequest {
  tools: RunTools;
  log: Log;
  output: LaunchOutput;
  recovery: Recovery | null;
  progress: Progress;
  /** How many tasks were begun. */
  begun: number;
  /** Whether none is left to run. */
  isThrough: boolean;
  tasks: LaunchTasks | null;
  background: BackgroundTasks | null;
}

function beginRun(request: RunRequest, tools: RunTools): Run {
  const { launch, slot, progressed } = request;
  const { worker, spawner } = tools;
  const { spec } = launch.firework;
  const action = emptyAction();
  if (slot.name !== null) action.storedData.set('multiprocess_name', slot.name);
  const { environment, line } = slot;
  const { launchDir } = launch;
  const destination = { output: worker.output, launchDir, run: spawner.run, environment, line };
  return {
    launch,
    slot,
    progressed,
    tools,
    log: worker.log,
    output: launchOutput(destination, launch),
    recovery: recoveryOf(spec),
    progress: { index: 0, action, spec: runningSpec(spec, worker) },
    begun: 0,
    isThrough: false,
    tasks: null,
    background: null,
  };
}

const runningSpec = (spec: UserMap, { fworker }: WorkerOptions): UserMap =>
  new Map(spec).set('_fw_env', fworker.env);

async function runAll(run: Run): Promise<void> {
  const { launch, tools, progress, output } = run;
  if (launch.ending) return;
  if (launch.obstacle !== null) throw new SkyrocketError('TASK_FAILED', launch.obstacle);
  if (run.recovery) resume(progress, run.recovery);
  const { spec } = progress;
  const { worker, bridge } = tools;
  const { environment } = run.slot;
  const tasks = await openTasks({ launch, spec, output, environment, interruption: launch, worker, bridge });
  run.tasks = tasks;
  if (isToBePrepared(run)) await prepareFiles(run);
  if (spec.has('_background_tasks')) run.background = await startBackground(run);
  const begins = () => {
    launch.checkpoint = checkpointOf(progress) ?? launch.checkpoint;
    if (run.begun > 0) run.progressed();
    run.begun++;
  };
  const unfinished = () => isInterrupted(run);
  run.isThrough = await runSequence(progress, { launch, tasks, begins, isInterrupted: unfinished });
}

/** A command in a line may have come to its end, and another begun, before the worker has heard of it. */
function isInterrupted({ launch, slot, output }: Run): boolean {
  const hasEnded = slot.line !== null && output.lastEnd()?.interrupted === false;
  return launch.ending?.kind === 'interrupted' && !hasEnded;
}

/** The earlier tasks are not run again, so what they asked for is taken from the checkpoint. */
function resume(progress: Progress, { checkpoint }: Recovery): void {
  const { taskIndex, storedData, updateSpec, modSpec } = checkpoint;
  const stored = new Map([...storedData, ...progress.action.storedData]);
  progress.index = taskIndex;
  progress.action = { ...progress.action, storedData: stored, updateSpec, modSpec };
  progress.spec = applyActionToSpec(progress.spec, { updateSpec, modSpec });
}

/** Whether anything is left to do in its directory: a short task whose files were written ahead need not wait for a promise. */
const isToBePrepared = ({ launch, recovery, progress }: Run): boolean =>
  recovery !== null || launch.directory === 'used' || !launch.filesWritten || progress.spec.has('_files_in');

async function prepareFiles({ launch, recovery, output, progress, tools, log }: Run): Promise<void> {
  const { launchDir, directory } = launch;
  if (recovery) await copyEarlierFiles(recovery, launchDir);
  else if (progress.spec.has('_files_in')) await copyFilesIn(progress.spec, { launchDir, run: output.run });
  if (directory === 'used' || recovery) {
    for (const name of await setAsideActionFiles(launchDir))
      log.warn(`${launchDir}: ${name} of an earlier run was renamed to ${name}.stale`);
  }
  if (!launch.filesWritten) await writeFireworkFiles(launch, tools.worker.print);
}

async function startBackground({ launch, slot, tools, output, log }: Run): Promise<BackgroundTasks> {
  const { startBackgroundTasks } = await import('./background-tasks.ts');
  const stored = launch.firework.spec;
  return startBackgroundTasks(stored, {
    signal: launch.signal,
    warn: (sentence) => log.warn(`${describeLaunch(launch)}: ${sentence}`),
    async runTask(task, signal) {
      const spec: UserMap = new Map([...stored, ['_tasks', [task]]]);
      const run: LaunchOutput['run'] = (command) => output.run({ signal, ...command });
      const { environment } = slot;
      const { worker, bridge } = tools;
      const interruption = { signal };
      const own = { ...output, run };
      const tasks = await openTasks({ launch, spec, output: own, environment, interruption, worker, bridge });
      try {
        return await tasks.run(0, spec);
      } finally {
        await tasks.close?.();
      }
    },
  });
}

async function succeeded(run: Run): Promise<LaunchOutcome> {
  const { launch, progress, tools } = run;
  if (isInterrupted(run) || (launch.ending && !run.isThrough)) return ended(run);
  if (run.background) await run.background.stop('completed');
  const action = withPassedOn(progress.action, progress.spec, { launch, fworker: tools.worker.fworker });
  // As FireWorks has it: that of the last task that was begun. What that one has done is in the action.
  const result = { action, ...kept(launch.checkpoint ?? checkpointOf(progress)) };
  if (launch.ending?.kind !== 'taken away') return { kind: 'COMPLETED', ...result };
  return { ...launch.ending, result: { state: 'COMPLETED', ...result } };
}

async function failed(run: Run, error: unknown): Promise<LaunchOutcome> {
  if (mayBeOfAStop(error, run.output.lastEnd())) await whenItHasToEnd(run.launch);
  const { ending } = run.launch;
  if (run.slot.line !== null && error instanceof NotStartedError && ending?.kind !== 'taken away') {
    const reason = ending ? 'the worker ended before it ran it' : 'the worker was busy with others';
    return { kind: 'released', reason, unimportable: null };
  }
  if (isInterrupted(run) || ending?.kind === 'taken away') return ended(run);
  await run.background?.stop('fizzled');
  const reason = error instanceof Error ? error.message : String(error);
  if (isSkyrocketError(error) && error.code === 'CANNOT_IMPORT' && run.begun <= 1) {
    removeUnused(run);
    return { kind: 'released', reason, unimportable: unimportableTask(run, error) };
  }
  const task = run.begun > 0 ? currentTask(run) : null;
  return fizzled(run, failureOf(error, { task, output: await tailOf(run) }), reason);
}

async function ended(run: Run): Promise<LaunchOutcome> {
  const { ending } = run.launch;
  await run.background?.stop('fizzled');
  if (ending?.kind === 'taken away') {
    const told = await interrupted(run, `taken away: ${ending.reason}`);
    return { ...ending, result: { state: told.kind, action: told.action, ...kept(told.checkpoint) } };
  }
  const reason = ending?.because ? `interrupted: ${ending.because}` : `interrupted by ${ending?.signal}`;
  if (run.tools.worker.onSignal === 'release') return { kind: 'released', reason, unimportable: null };
  return interrupted(run, reason);
}

async function interrupted(run: Run, reason: string): Promise<Fizzled> {
  return fizzled(run, { ...failureWithReason(reason, currentTask(run)), output: await tailOf(run) }, reason);
}

type Fizzled = Extract<LaunchOutcome, { kind: 'FIZZLED' }>;

function fizzled(run: Run, failure: Failure, reason: string): Fizzled {
  const { launch, progress, tools } = run;
  const action = withPassedOn(failureAction(failure), progress.spec, {
    launch,
    fworker: tools.worker.fworker,
  });
  return { kind: 'FIZZLED', action, ...kept(checkpointOf(progress) ?? launch.checkpoint), reason };
}

const kept = (checkpoint: Checkpoint | null | undefined) => (checkpoint ? { checkpoint } : {});

function currentTask({ tasks, progress }: Run): UserValue {
  return tasks?.mappings[progress.index] ?? null;
}

function unimportableTask(run: Run, error: Error): Unimported | null {
  if (error instanceof PythonImportError) return error;
  const task = currentTask(run);
  const name = isUserMap(task) ? task.get('_fw_name') : null;
  return typeof name === 'string' ? { task: name, concerns: 'class' } : null;
}

/** A directory in which nothing was run is of no use to anybody. */
function removeUnused({ launch, tools }: Run): void {
  if (launch.directory === 'new' && tools.worker.uselessDirectories === 'remove')
    removeIfEmpty(launch.launchDir);
}

const tailOf = async ({ tasks }: Run): Promise<string> => (await tasks?.tail()) ?? '';

/** What was decided about the Launch stands, whatever comes after. */
async function closeTasks({ tasks, launch, log }: Run): Promise<void> {
  try {
    await tasks?.close?.();
  } catch (error) {
    log.warn(`${describeLaunch(launch)}: ${error instanceof Error ? error.message : error}`);
  }
}
