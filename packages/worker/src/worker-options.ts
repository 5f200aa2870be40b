import type { BatchJob } from '@skyrocket/contract/agents';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import type { ClaimOrder } from '@skyrocket/contract/running';
import type { FWorker } from '@skyrocket/model/records';

/** What a worker asks of a launchpad; a batch of Launches in directories answers it too (`offline/`). */
export type WorkerLaunchPad = Pick<
  LaunchPad,
  | 'identity'
  | 'registerAgent'
  | 'heartbeat'
  | 'signOff'
  | 'claim'
  | 'start'
  | 'report'
  | 'release'
  | 'workFor'
  | 'runtimes'
  | 'deadAgents'
  | 'upkeep'
>;

/** All that a worker is told when it starts. */
export interface WorkerOptions {
  /** Opened and closed by the caller. */
  launchpad: WorkerLaunchPad;
  fworker: FWorker;
  /** The job that it runs in; null outside of one. */
  job: BatchJob | null;
  log: Log;
  /** Where launch directories are made, and where singleshot runs; absolute. */
  directory: string;
  /** The folder of journals; absolute. */
  spool: string;
  /** SORT_FWS. */
  claimOrder: ClaimOrder;
  /** FW_BLOCK_FORMAT, in the letters of Python's strftime. */
  blockFormat: string;
  /** PRINT_FW_JSON and PRINT_FW_YAML. */
  print: { json: boolean; yaml: boolean };
  /** REMOVE_USELESS_DIRS. */
  uselessDirectories: 'remove' | 'keep';
  /** TEMPLATE_DIR. */
  templateDir: string | null;
  /** How a Firetask's old name is read: FW_NAME_UPDATES. */
  nameUpdates: ReadonlyMap<string, string>;
  python: PythonOptions;
  /** How long tasks may take to end after a signal, before they are killed. */
  graceSeconds: number;
  /** RUNNING Launches are refreshed at least so often: PING_TIME_SECS. */
  pingSeconds: number;
  /** What becomes of Launches whose tasks a signal ends. */
  onSignal: 'fizzle' | 'release';
  /** Where the output of tasks goes; `launch-directory` is FW_job.out and FW_job.error (`--local_redirect`). */
  output: 'terminal' | 'launch-directory';
}

export interface PythonOptions {
  /** The interpreter: a path or a name on PATH. */
  python: string;
  start: 'fork' | 'spawn';
  /** USER_PACKAGES with ADD_USER_PACKAGES; null leaves it to the user's own FireWorks. */
  userPackages: string[] | null;
  /** The my_launchpad.yaml, absolute, from which tasks get the LaunchPad that they ask for; null where it names no MongoDB. */
  launchpadFile: string | null;
}
