import type { LaunchId } from '@skyrocket/model/ids';
import type { Checkpoint, FWorker, TrackerRecord } from '@skyrocket/model/records';
import type { LaunchPadIdentity } from './identity.ts';

/** Worker processes that hold leases. */
export interface Agents {
  registerAgent(request: RegisterAgent): Promise<AgentTerms>;
  /** Who registered an agent. */
  findAgent(request: { agentId: AgentId }): Promise<{ agent: RegisterAgent | null }>;
  /** Renews the lease of all Launches of the agent; the answer names those that are no longer its own. */
  heartbeat(request: Heartbeat): Promise<{ takenAway: TakenAway[] }>;
  /** The agent ends: what it claimed and has not started becomes READY again. */
  signOff(request: { agentId: AgentId }): Promise<void>;
}

export type AgentId = string & { readonly __id: 'agent' };

/** A random text drawn by the agent for one start of one Launch; only its holder may report. */
export type StartToken = string & { readonly __id: 'start' };

export interface RegisterAgent {
  agentId: AgentId;
  fworker: FWorker;
  host: string;
  ip: string;
  /** With `processStart` (opaque, from the operating system) names the process, so that its death can be seen on its host. */
  pid: number;
  processStart: string;
  /** Where its journal is. */
  journal: string;
  version: string;
  /** The token by which it reached the server, which sets this; absent in process. Nobody else may speak for it then. */
  owner?: string;
  /** Absent outside of a job. */
  job?: BatchJob;
}

/** A job of a batch system. */
export interface BatchJob {
  /** As environments of jobs tell it: `slurm`, `gridengine`, `pbs` or `lsf`. */
  system: string;
  id: string;
  /** How often the batch system had begun it anew, after it was requeued. */
  restarts: number;
}

export interface AgentTerms {
  launchpad: LaunchPadIdentity;
  leaseSeconds: number;
  heartbeatSeconds: number;
}

export interface Heartbeat {
  agentId: AgentId;
  pings: LaunchPing[];
}

/** News of a Launch that runs. */
export interface LaunchPing {
  launchId: LaunchId;
  token: StartToken;
  checkpoint?: Checkpoint;
  trackers?: TrackerRecord[];
}

export interface TakenAway {
  launchId: LaunchId;
  reason: string;
}
