import type { FWAction } from '@skyrocket/model/action';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type {
  Checkpoint,
  FireworkRecord,
  FWorker,
  LaunchRecord,
  NewWorkflow,
  TrackerRecord,
  WorkflowRecord,
} from '@skyrocket/model/records';
import type { OfferedResources } from '@skyrocket/model/resources';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { UserMap } from '@skyrocket/model/user-data';
import type { Maintenance } from './maintenance.ts';
import type { StateChanges } from './state-changes.ts';

/**
 * Every operation of a launchpad, once. It is reached in process over an embedded file or MongoDB, or over HTTP;
 * callers cannot tell which. Operations that change something carry a `key`: a call repeated with the same key
 * after a lost answer changes nothing and returns the first answer.
 *
 * All of them reject with a SkyrocketError: STORE_* when the launchpad cannot answer (safe to repeat),
 * NOT_FOUND, NOT_ALLOWED, BAD_* and TOO_LARGE when the request is at fault (nothing was changed).
 */
export interface LaunchPad extends Maintenance {
  identity(): Promise<LaunchPadIdentity>;
  /** Releases files and connections; may be called twice. */
  close(): Promise<void>;
  /** What it tells of itself, in process; null where changes have to be looked for. */
  stateChanges(): StateChanges | null;

  // Workflows
  addWorkflows(request: AddWorkflows): Promise<{ idMaps: IdMap[] }>;
  appendWorkflow(request: AppendWorkflow): Promise<{ idMap: IdMap }>;
  deleteWorkflows(request: DeleteWorkflows): Promise<DeletedWorkflows>;
  reset(request: Keyed): Promise<void>;

  // Questions
  findFireworks(request: FindFireworks): Promise<FoundFireworks>;
  findWorkflows(request: FindWorkflows): Promise<FoundWorkflows>;
  findLaunches(request: { launchIds: LaunchId[] }): Promise<{ launches: LaunchRecord[] }>;
  /** The whole Workflow that holds a Firework, with specs and Launches, for `dump_wflow` and export. */
  dumpWorkflow(request: { fwId: FwId }): Promise<WorkflowDump>;

  // What the user decides. Each works on Fireworks; those that cannot change are told in `skipped`.
  rerun(request: RerunFireworks): Promise<UserDecision>;
  pause(request: OnFireworks): Promise<UserDecision>;
  resume(request: OnFireworks): Promise<UserDecision>;
  defuse(request: OnFireworks): Promise<UserDecision>;
  reignite(request: OnFireworks): Promise<UserDecision>;
  /** Archives whole Workflows, each named by any of its Fireworks. */
  archive(request: OnFireworks): Promise<UserDecision>;
  setPriority(request: OnFireworks & { priority: number }): Promise<UserDecision>;
  updateSpecs(request: UpdateSpecs): Promise<UserDecision>;
  /** Brings Fireworks to the state that their parents and Launches give them, and what follows from it (format §3.2). */
  refresh(request: OnFireworks): Promise<UserDecision>;

  // Agents: worker processes that hold leases
  registerAgent(request: RegisterAgent): Promise<AgentTerms>;
  /** Who registered an agent. */
  findAgent(request: { agentId: AgentId }): Promise<{ agent: RegisterAgent | null }>;
  /** Renews the lease of all Launches of the agent; the answer names those that are no longer its own. */
  heartbeat(request: Heartbeat): Promise<{ takenAway: TakenAway[] }>;
  /** The agent ends: what it claimed and has not started becomes READY again. */
  signOff(request: { agentId: AgentId }): Promise<void>;
  claim(request: Claim): Promise<Claimed>;
  start(request: StartLaunches): Promise<{ results: StartResult[] }>;
  /** Applies results exactly once each; a result that is refused says why and changes nothing. */
  report(request: ReportLaunches): Promise<{ results: ReportResult[] }>;
  /** Gives Launches back: their Fireworks become READY again and the Launches are archived with the reason. */
  release(request: ReleaseLaunches): Promise<{ released: LaunchId[] }>;
  /** Whether something is READY for this worker now, or will be when something that runs or waits ends. */
  workFor(request: { fworker: FWorker }): Promise<{ ready: boolean; later: boolean }>;

  // Jobs of batch systems
  /**
   * Claims one Firework for a job that is about to be submitted: RESERVED, with a Launch that is nobody's until the job's
   * worker claims it by the Firework's id. `null`: nothing suits the worker, or the Firework asked for is not READY.
   */
  reserve(request: Reserve): Promise<{ reservation: ClaimedLaunch | null }>;
  /** Adds what is known by now. `noted`: the Launch was reserved, and has this reservation id if one was told. */
  noteReservation(request: NoteReservation): Promise<{ noted: boolean }>;
  /** The tokens of workers by which Launches were reserved; those that were reserved otherwise are left out. */
  findOwners(request: { launchIds: LaunchId[] }): Promise<{ owners: Map<LaunchId, string> }>;
  /** Gives Launches that are still RESERVED back, whoever reserved them; the batch system is not asked. */
  cancelReservations(request: CancelReservations): Promise<{ cancelled: LaunchId[] }>;
  /** How long the latest COMPLETED Launches of Fireworks with these names took, as far as there are any. */
  runtimes(request: { names: string[] }): Promise<{ runtimes: Runtimes[] }>;
  /** The chains of jobs, by name. */
  findChains(): Promise<{ chains: StoredChain[] }>;
  /** Keeps a chain if nobody changed it meanwhile; its revision becomes the next one. */
  saveChain(request: SaveChain): Promise<{ saved: boolean }>;

  // Launches that run without a launchpad, each in a directory that is read later (format §9). They have no lease.
  /** Notes that RESERVED Launches of nobody are to be run offline. Noting it twice is harmless. */
  registerOffline(request: { launchIds: LaunchId[] }): Promise<void>;
  /** Those that were registered, and have neither ended nor been forgotten. */
  findOffline(): Promise<{ runs: OfflineRun[] }>;
  /** Applies what was found in the directories of offline Launches: that they run, and results, each exactly once. */
  tellOffline(request: { runs: OfflineNews[] }): Promise<{ results: ReportResult[] }>;
  /** Offline Launches of these Fireworks are not looked for any more; their states stay as they are. */
  forgetOffline(request: OnFireworks): Promise<{ forgotten: FwId[] }>;

  // Upkeep: first ask who is dead, tell the journals of those that can be read, then declare what remains lost.
  // The key stands for the one who does it: the same in both calls. One at a time: `heldByAnother` says that somebody
  // else is at it, and then `upkeep` does nothing.
  // Those who do it by the clock (several servers) say how long after another's round theirs is not needed.
  deadAgents(
    request: Keyed & { notWithinSeconds?: number },
  ): Promise<{ agents: DeadAgent[]; heldByAnother: boolean }>;
  /** `told`: dead agents whose journals hold nothing more that the launchpad does not know. */
  upkeep(request: Keyed & { told: AgentId[] }): Promise<UpkeepReport>;

  // Tokens of the HTTP API. Their secrets never come here: only hashes do.
  createToken(request: CreateToken): Promise<{ token: TokenRecord }>;
  /** By the hash of its secret, also when it is revoked or has expired. */
  findToken(request: { hash: string }): Promise<{ token: TokenRecord | null }>;
  listTokens(): Promise<{ tokens: TokenRecord[] }>;
  /** From now on the token opens nothing. Revoking twice is harmless. @throws SkyrocketError NOT_FOUND */
  revokeToken(request: Keyed & { tokenId: string }): Promise<{ token: TokenRecord }>;
}

/**
 * Who may call an operation over HTTP. A reader reads; a user also changes and runs; an admin also resets and does upkeep.
 * A worker does what runs Launches, and nothing else.
 */
export type Role = 'reader' | 'worker' | 'user' | 'admin';

/** What a token is for, and whom it is bound to. */
export interface TokenGrant {
  role: Role;
  /** For people: what it was made for. */
  label: string;
  /** The only FWorker that its holder may be; null: any. */
  fworker: string | null;
  /** The only `_category` that its holder may claim; null: any. */
  category: string | null;
  /** The only query that its holder's FWorker may have; empty: it may have none when it is a worker's token. */
  query: UserMap;
  /** Null: never. */
  expiresOn: Timestamp | null;
}

export interface CreateToken extends Keyed, TokenGrant {
  /** Drawn by the caller; names the token in lists and logs. */
  tokenId: string;
  /** SHA-256 of the secret, in hexadecimal digits. The secret has at least 128 bits of randomness, so that this is enough. */
  hash: string;
}

export interface TokenRecord extends TokenGrant {
  tokenId: string;
  createdOn: Timestamp;
  revokedOn: Timestamp | null;
}

/** Who a launchpad is. `location` is for people: a path, or a URI without its password. */
export interface LaunchPadIdentity {
  uuid: string;
  kind: 'embedded' | 'mongodb' | 'server';
  location: string;
  version: string;
}

/** `key` is unique to one intended change (a UUID). */
export interface Keyed {
  key: string;
}

/** Old id (of the file) to stored id. */
export type IdMap = Map<FwId, FwId>;

export interface AddWorkflows extends Keyed {
  workflows: NewWorkflow[];
}

export interface AppendWorkflow extends Keyed {
  workflow: NewWorkflow;
  /** All in one Workflow. */
  parents: FwId[];
  detour: boolean;
  /** Whether new roots receive update_spec and mod_spec of COMPLETED parents. */
  pullSpecMods: boolean;
}

export interface DeleteWorkflows extends OnFireworks {}

export interface DeletedWorkflows {
  fwIds: FwId[];
  launchIds: LaunchId[];
  /** Launch directories of the deleted Launches, for the caller to remove if the user asked for it. */
  launchDirs: string[];
}

/** Filters are MongoDB filters over the documents of format §2. `launchFilter` is applied to active Launches. */
export interface FindFireworks {
  fwIds?: FwId[];
  filter?: UserMap;
  launchFilter?: UserMap;
  workflowFilter?: UserMap;
  reservationId?: string;
  sort?: Sort;
  /** 0 or absent: no limit. */
  limit?: number;
  /** How much of each Firework is wanted. */
  fields: 'count' | 'ids' | 'summary' | 'launches' | 'all';
}

export interface Sort {
  field: 'created_on' | 'updated_on';
  direction: 'ascending' | 'descending';
}

export interface FoundFireworks {
  count: number;
  /** Empty for `count`. In the order asked for, else by fw_id. */
  fireworks: FoundFirework[];
}

/** `spec` only for `all` (else empty); `launchRecords` for `launches` and `all`, `archivedRecords` for `all`. */
export interface FoundFirework extends FireworkRecord {
  launchRecords: LaunchRecord[];
  archivedRecords: LaunchRecord[];
}

export interface FindWorkflows {
  /** Workflows that hold any of these Fireworks. */
  fwIds?: FwId[];
  filter?: UserMap;
  sort?: Sort;
  limit?: number;
  fields: 'count' | 'ids' | 'summary' | 'launches';
}

export interface FoundWorkflows {
  count: number;
  workflows: FoundWorkflow[];
}

/** For `ids` only `nodes` is filled. `launches` per Firework (oldest first) only for `launches`, without their actions. */
export interface FoundWorkflow extends WorkflowRecord {
  launches: Map<FwId, Omit<LaunchRecord, 'action'>[]>;
}

export interface WorkflowDump {
  workflow: WorkflowRecord;
  fireworks: FoundFirework[];
}

export interface OnFireworks extends Keyed {
  fwIds: FwId[];
}

export interface RerunFireworks extends OnFireworks {
  /** Resume at the task that failed, from the checkpoint of the last (or the named) Launch of each Firework. */
  taskLevel?: { launchIds?: LaunchId[]; files: 'none' | 'copy' | 'previous-directory' };
  /** What becomes of the details of the exception that fizzled a Firework (EXCEPT_DETAILS_ON_RERUN). Default: dropped. */
  exceptionDetails?: 'keep' | 'drop';
}

export interface UpdateSpecs extends OnFireworks {
  /** Paths below `spec` (dotted; numbers reach into lists) and their new values. */
  set: UserMap;
  /** A MongoDB update document applied to `spec` as it is, instead of `set`. */
  update?: UserMap;
}

export interface UserDecision {
  changed: FwId[];
  skipped: { fwId: FwId; state: State; reason: string }[];
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

export interface Reserve extends Keyed {
  fworker: FWorker;
  /** Exactly this Firework, if it is READY; the worker's filter is ignored then. */
  fwId?: FwId;
  order: ClaimOrder;
  /** Where the job is submitted from. */
  host: string;
  ip: string;
  launchDir: string;
  /** The worker's token by which it reached the server, which sets this; absent otherwise. */
  owner?: string;
}

export interface NoteReservation {
  launchId: LaunchId;
  /** The directory of the job; not taken over once the Launch runs. */
  launchDir?: string;
  /** The batch system's id of the job. One that was noted before stays. */
  reservationId?: string;
}

export interface CancelReservations extends Keyed {
  launchIds: LaunchId[];
  /** A sentence, kept with the Launches. */
  reason: string;
}

/** Seconds of the latest Launches of Fireworks with one name, latest first. */
export interface Runtimes {
  name: string;
  seconds: number[];
}

/** A Launch that runs offline, or is to be. */
export interface OfflineRun {
  launchId: LaunchId;
  fwId: FwId;
  name: string;
  launchDir: string;
  /** The name of the FWorker that reserved it. */
  fworker: string;
}

/** What was found in the directory of an offline Launch. */
export interface OfflineNews {
  /** The uuid of the launchpad that reserved it; absent where FireWorks wrote the files. */
  launchpad?: string;
  launchId: LaunchId;
  fwId: FwId;
  startedOn: Timestamp;
  /** When it was last heard of. */
  pingedOn?: Timestamp;
  checkpoint?: Checkpoint;
  trackers?: TrackerRecord[];
  ended?: Pick<LaunchReport, 'state' | 'action' | 'endedOn'>;
}

/** Jobs that submit their successors. What is in it is the business of `queue`; a launchpad only keeps it. */
export interface StoredChain {
  name: string;
  /** Counts the changes, from 1. */
  revision: number;
  /** JSON. */
  state: string;
  /** For which FWorker its jobs were to run, and the worker's token by which it was made, as the first save told. */
  fworker?: string;
  owner?: string;
}

export interface SaveChain {
  name: string;
  /** The one that was seen; 0: there is to be no such chain yet. */
  revision: number;
  state: string;
  /** Kept by the first save only. A server sets `owner` itself. */
  fworker?: string;
  owner?: string;
}

/** An agent whose lease ran out, or whose process is gone on the host of the launchpad. */
export interface DeadAgent {
  agentId: AgentId;
  /** A sentence without its end: how it is known to be dead. */
  reason: string;
  host: string;
  journal: string;
  launches: LaunchId[];
}

export interface UpkeepReport {
  /** Launches declared lost: FIZZLED, or rerun by policy. */
  lost: { launchId: LaunchId; fwId: FwId; reran: boolean }[];
  /** Claims of dead agents that were never started, and reservations that stood for too long: READY again. */
  released: LaunchId[];
  /** Operations that a crash had left half done. */
  finished: number;
}
