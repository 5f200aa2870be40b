import type { FWAction } from '@skyrocket/model/action';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type {
  Checkpoint,
  FireworkRecord,
  FWorker,
  LaunchRecord,
  TrackerRecord,
} from '@skyrocket/model/records';
import type { OfferedResources } from '@skyrocket/model/resources';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { AgentId, StartToken } from './agents.ts';
import type { Keyed } from './keyed.ts';

/** What agents do with Launches. */
export interface Running {
  claim(request: Claim): Promise<Claimed>;
  start(request: StartLaunches): Promise<{ results: StartResult[] }>;
  /** Applies results exactly once each; a result that is refused says why and changes nothing. */
  report(request: ReportLaunches): Promise<{ results: ReportResult[] }>;
  /** Gives Launches back: their Fireworks become READY again and the Launches are archived with the reason. */
  release(request: ReleaseLaunches): Promise<{ released: LaunchId[] }>;
  /** Whether something is READY for this worker now, or will be when something that runs or waits ends. */
  workFor(request: { fworker: FWorker }): Promise<{ ready: boolean; later: boolean }>;
}

export interface Claim extends Keyed {
  agentId: AgentId;
  fworker: FWorker;
  /** At most so many Fireworks. */
  count: number;
  /** Exactly this Firework, READY or RESERVED; the worker's filter is ignored then (format §6). */
  fwId?: FwId;
  order: ClaimOrder;
  /** Task classes that this worker cannot import for now; Fireworks with one of them are passed over. */
  withoutTasks: string[];
  /** Fireworks that this worker cannot run for now, for another reason; they are passed over too. */
  withoutFireworks?: FwId[];
  /** What the worker has; Fireworks that declare that they need more are passed over. */
  resources?: OfferedResources;
}

/** SORT_FWS: the second key after the priority. `any`: oldest id first. */
export type ClaimOrder = 'FIFO' | 'FILO' | 'any';

export interface Claimed {
  claims: ClaimedLaunch[];
  /** Whether nothing more was READY for this worker after these. */
  exhausted: boolean;
}

/** A RESERVED Launch of this agent, with all that is needed to run it. */
export interface ClaimedLaunch {
  launchId: LaunchId;
  firework: FireworkRecord;
  /** Active Launches of the Firework, this one last; FW.json shows them. */
  launches: LaunchRecord[];
}

export interface StartLaunches extends Keyed {
  agentId: AgentId;
  fworker: FWorker;
  host: string;
  ip: string;
  starts: { launchId: LaunchId; token: StartToken; launchDir: string }[];
}

/** `refused`: the Launch is no longer this agent's to start; nothing may be run. */
export type StartResult =
  | { launchId: LaunchId; outcome: 'started'; at: Timestamp }
  | { launchId: LaunchId; outcome: 'refused'; reason: string };

export interface ReportLaunches extends Keyed {
  reports: LaunchReport[];
}

/** What a Launch did. Told as often as it takes: the launchpad's uuid, the Launch and the token make it unique. */
export interface LaunchReport {
  launchpad: string;
  launchId: LaunchId;
  token: StartToken;
  state: 'COMPLETED' | 'FIZZLED';
  action: FWAction;
  endedOn: Timestamp;
  checkpoint?: Checkpoint;
  trackers?: TrackerRecord[];
  /** Where it ran in the end, when `_launch_dir` moved it. */
  launchDir?: string;
}

export type ReportResult =
  | { launchId: LaunchId; outcome: 'applied' | 'already-applied' }
  /** Applied, but the action was bad: the Firework is FIZZLED for this reason. */
  | { launchId: LaunchId; outcome: 'fizzled'; reason: string }
  | { launchId: LaunchId; outcome: 'refused'; reason: string };

export interface ReleaseLaunches extends Keyed {
  agentId: AgentId;
  releases: {
    launchId: LaunchId;
    reason: string;
    /** The task class that the worker could not import; three different workers make the Firework PAUSED. */
    cannotImport?: { task: string; worker: string };
  }[];
}
