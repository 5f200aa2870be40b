import type { AgentId, Heartbeat, RegisterAgent, StartToken } from '@skyrocket/contract/agents';
import type { SaveChain, StoredChain } from '@skyrocket/contract/chains';
import type { LaunchPadIdentity } from '@skyrocket/contract/identity';
import type { Keyed } from '@skyrocket/contract/keyed';
import type {
  FindFireworks,
  FindWorkflows,
  FoundFireworks,
  FoundWorkflows,
} from '@skyrocket/contract/questions';
import type { NoteReservation } from '@skyrocket/contract/reservations';
import type { ClaimedLaunch, ClaimOrder, StartLaunches, StartResult } from '@skyrocket/contract/running';
import type { StateChanges } from '@skyrocket/contract/state-changes';
import type { TokenRecord } from '@skyrocket/contract/tokens';
import type { DeletedWorkflows, IdMap } from '@skyrocket/contract/workflows';
import type { Decision } from '@skyrocket/model/change';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { LaunchNode, Neighbourhood } from '@skyrocket/model/neighbourhood';
import type { FWorker, LaunchRecord, NewFirework } from '@skyrocket/model/records';
import type { OfferedResources } from '@skyrocket/model/resources';
import type { LaunchState, State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { UserMap } from '@skyrocket/model/user-data';
import type { HolderProcess } from './holder-process.ts';
import type { MaintenanceStore } from './maintenance-store.ts';

/**
 * Where a launchpad keeps its Workflows. A Store is small and dumb: it loads, queries, claims and commits; what may
 * happen to a Firework is decided by `model`, called by the launchpad, and both stores pass one contract suite.
 *
 * Promises that every store keeps:
 * - Each call is all or nothing as callers see it. A store without transactions orders its writes so that a crash
 *   between any two leaves something that {@link Store.unfinished} names and a repeated decision completes.
 * - What is derived is brought up to date by the store with each change: how many parents of a Firework are COMPLETED
 *   or FIZZLED, and a Workflow's state (by `workflowState` of the model) and `updated_on`.
 * - Times are those of the launchpad's one clock, never a caller's.
 * - When a promise is fulfilled, what it says is durable.
 * - A call whose `key` was used before changes nothing and gives the first answer again.
 * - Calls reject with STORE_* when the store cannot answer; then nothing is half done, and repeating is safe.
 */
export interface Store extends MaintenanceStore {
  identity(): Promise<LaunchPadIdentity>;
  /** May be called twice. */
  close(): Promise<void>;
  /** What the database tells of itself; null where it tells nothing. */
  stateChanges(): StateChanges | null;

  /** Stores whole Workflows and draws their ids. */
  addWorkflows(request: Keyed & { workflows: WorkflowToAdd[] }): Promise<{ idMaps: IdMap[] }>;
  /**
   * Deletes the whole Workflows that hold these Fireworks (unknown ids are passed over). A Launch that a Firework
   * of another Workflow holds too is kept for it and not named in the answer.
   */
  deleteWorkflows(request: Keyed & { fwIds: FwId[] }): Promise<DeletedWorkflows>;
  /** Empties the launchpad: no Workflow, Launch or agent is left (tokens are), ids start at 1, and the uuid is a new one. */
  reset(request: Keyed): Promise<void>;

  /** Filters have passed `checkQuery`. Without a filter `count` does not read documents. */
  findFireworks(request: FindFireworks): Promise<FoundFireworks>;
  findWorkflows(request: FindWorkflows): Promise<FoundWorkflows>;
  /** In the order of the ids; unknown ones are left out. */
  findLaunches(launchIds: LaunchId[]): Promise<LaunchRecord[]>;
  /** A little of each, in the same order, which of many costs a fraction. */
  findLaunchPlaces(launchIds: LaunchId[]): Promise<LaunchPlace[]>;
  /** Other Fireworks that hold Launches and whose whole spec equals that of this one (DupeFinderExact). */
  findDuplicates(fwId: FwId): Promise<FwId[]>;

  /**
   * Splits what one request is about into parts that can be decided one after another: MongoDB by Workflow (its lock
   * is one per Workflow), SQLite not at all. The same request is split the same way again: each part's key is the
   * request's with the part's name. Unknown ids stay in some part.
   */
  parts(seeds: Seeds): Promise<{ name: string; seeds: Seeds }[]>;
  /**
   * Loads the seeds, asks the decision, loads what it needs and asks again, until it returns a change; commits that.
   * Between the first load and the commit nobody else changes the Workflows concerned. The decision is pure and is
   * asked as often as it takes (also again from the start, when a store finds that something changed meanwhile).
   * What it throws rejects the call, and nothing is changed.
   */
  decide<Outcome>(
    request: DecisionRequest<Outcome>,
    decision: (view: View) => Decision<Outcome>,
  ): Promise<Decided<Outcome>>;

  /**
   * Claims READY Fireworks in the order of priority, then `order`: makes each RESERVED with a new RESERVED Launch of
   * this agent (host and ip are those it registered), whose id stands in `launches` at once.
   * Claimed by id: a READY one, or a RESERVED one, whose RESERVED Launch is taken over (for an agent only).
   */
  claim(request: StoreClaim): Promise<StoreClaimed>;
  /** The owners that claims noted; Launches without one are left out. */
  findOwners(launchIds: LaunchId[]): Promise<Map<LaunchId, string>>;
  /**
   * Writes the directory of a Launch that is RESERVED, and the id of its job into the RESERVED entry of its history, if
   * none is there. False when there is no such entry, or it has another id.
   */
  noteReservation(request: NoteReservation): Promise<boolean>;
  /**
   * RESERVED → RUNNING, Firework and Launch, each only when the Launch is still RESERVED, active, and of this agent.
   * A start repeated with the same token is told as started, while the Launch is still active. Other Fireworks that share
   * the Launch and are WAITING, READY, RESERVED or FIZZLED become RUNNING too.
   */
  start(request: StartLaunches): Promise<StartResult[]>;
  /** Whether a worker finds something READY; and whether something RUNNING or RESERVED that it may run has a WAITING child. */
  workFor(fworker: FWorker): Promise<{ ready: boolean; later: boolean }>;

  /** Registers an agent, or renews the registration of one that is known. Its lease begins. */
  registerAgent(agent: RegisterAgent): Promise<void>;
  /** Null when it never registered or was forgotten. */
  findAgent(agentId: AgentId): Promise<AgentStanding | null>;
  /** Agents that have not signed off, with the Launches that they hold. */
  findAgents(): Promise<AgentStanding[]>;
  /**
   * Renews the lease and writes the news of each Launch that is still RUNNING, active and of this token; tells the standing
   * of each. Null when the agent is not known. A store may answer many that come at about the same moment together.
   */
  heartbeat(request: Heartbeat): Promise<PingResult[] | null>;
  /** Forgets agents that hold no Launch any more; the others are kept. */
  forgetAgents(agentIds: AgentId[]): Promise<void>;

  /** Notes that a worker cannot import a task of this Firework; tells how many different workers could not. */
  noteImportFailure(failure: { fwId: FwId; task: string; worker: string }): Promise<number>;

  /**
   * Takes or renews the right to do upkeep, for so many seconds. False when another holds it, or has given it back within
   * `notWithinSeconds`.
   */
  takeUpkeep(request: TakeUpkeep): Promise<boolean>;
  /** Gives the right back, if it is still this holder's. */
  leaveUpkeep(holder: string): Promise<void>;
  /**
   * Notes that the launchpad is being watched (upkeep and heartbeats do), and tells for how many seconds it has been
   * watched without a gap longer than `maxGapSeconds`.
   */
  watch(request: { maxGapSeconds: number }): Promise<{ watchedSeconds: number }>;
  /** Fireworks in which a crash left an operation half done; refreshing them finishes it. Always empty with transactions. */
  unfinished(): Promise<FwId[]>;
  /** Keeps a token; one with this id that is there stays as it is. */
  putToken(token: Omit<StoredToken, 'createdOn' | 'revokedOn'>): Promise<TokenRecord>;
  /** By the hash of its secret, also when it is revoked or has expired. */
  findToken(hash: string): Promise<TokenRecord | null>;
  /** Oldest first. */
  findTokens(): Promise<TokenRecord[]>;
  /** Null when there is no such token. */
  revokeToken(tokenId: string): Promise<TokenRecord | null>;

  /** Notes Launches as offline ones (`offline_runs`, format §2.5); one that is noted, or was forgotten, stays as it is. */
  putOffline(runs: StoredOffline[]): Promise<void>;
  /** Those (of these Launches) that have neither ended nor been forgotten. */
  findOffline(launchIds?: LaunchId[]): Promise<StoredOffline[]>;
  /** Notes that offline Launches have ended. */
  closeOffline(launchIds: LaunchId[]): Promise<void>;
  /** Forgets the offline Launches of these Fireworks that are not closed; tells of which there were some. */
  forgetOffline(request: Keyed & { fwIds: FwId[] }): Promise<FwId[]>;

  /** By name. */
  findChains(): Promise<StoredChain[]>;
  /** False when the chain has another revision than the one that was seen. */
  saveChain(request: SaveChain): Promise<boolean>;

  /** Forgets idempotency keys and ended agents older than this. */
  prune(request: { olderThanSeconds: number }): Promise<void>;
}

/**
 * A Workflow to be stored, checked by the model: no cycles, links among its own Fireworks, states decided.
 * Ids are drawn in the order of `fireworks`.
 */
export interface WorkflowToAdd {
  name: string;
  metadata: UserMap;
  fireworks: FireworkToAdd[];
  links: Map<FwId, FwId[]>;
  createdOn?: Timestamp;
  updatedOn?: Timestamp;
}

/** Launches of a dumped file are stored with ids of this launchpad; the ids they carry are not used. */
export interface FireworkToAdd extends Omit<NewFirework, 'launches' | 'archivedLaunches'> {
  launches: LaunchRecord[];
  archivedLaunches: LaunchRecord[];
}

/** What a decision starts from. A Launch stands for the Fireworks that hold it. */
export interface Seeds {
  fwIds: FwId[];
  launchIds: LaunchId[];
}

export interface DecisionRequest<Outcome> {
  /** Null: the decision itself sees that it was taken before (a report, a refresh). */
  key: string | null;
  seeds: Seeds;
  /**
   * What is sure to be needed beside the seeds themselves, so that it is loaded with them. Only a hint.
   * `children`: the Fireworks that are linked from the seeds.
   */
  expect?: 'children';
  /** The text that is kept with the key and given to those who repeat the call. `ids`: those drawn for `added`. */
  answer(outcome: Outcome, ids: IdMap): string;
}

/** What a decision looks at; nobody changes it while it looks. */
export interface View {
  neighbourhood: Neighbourhood;
  /** The Launches among the seeds; those that are not there do not exist (any more). */
  launches: Map<LaunchId, LeasedLaunch>;
  now: Timestamp;
}

/** A Launch, and who may report it. */
export interface LeasedLaunch extends LaunchNode {
  /** Whether the Firework that made it still holds it as active (a rerun archives it). */
  active: boolean;
  agentId: AgentId | null;
  /** Null until it is started, or for ever where another program made it. */
  token: StartToken | null;
}

export type Decided<Outcome> =
  | { repeated: false; outcome: Outcome; ids: IdMap }
  | { repeated: true; answer: string };

export interface StoreClaim extends Keyed {
  /** Null: the Launch is nobody's for now, but for a job that is submitted from this place. */
  agentId: AgentId | null;
  submittedFrom?: { host: string; ip: string; launchDir: string };
  /** Noted with the Launches: see {@link Store.findOwners}. */
  owner?: string;
  fworker: FWorker;
  count: number;
  /**
   * Exactly this one; the worker's filter and `withoutTasks` do not count then. A RESERVED one whose Launch another
   * agent holds is not claimed while that one was heard of within `leaseSeconds`.
   */
  fwId?: FwId;
  leaseSeconds: number;
  order: ClaimOrder;
  withoutTasks: string[];
  withoutFireworks?: FwId[];
  resources?: OfferedResources;
}

export interface StoreClaimed {
  claims: ClaimedLaunch[];
  /** Fireworks among `claims` whose spec has a `_dupefinder`. */
  dupefinders: FwId[];
  exhausted: boolean;
}

/** An offline Launch as it is noted. */
export interface LaunchPlace {
  launchId: LaunchId;
  fwId: FwId;
  state: State;
  launchDir: string;
  /** The name of its FWorker. */
  fworker: string;
}

export interface StoredOffline {
  launchId: LaunchId;
  fwId: FwId;
  name: string;
}

/** A token as it is kept: never its secret. */
export interface StoredToken extends TokenRecord {
  hash: string;
}

export interface TakeUpkeep {
  holder: string;
  /** When it is known to be gone the right is free. */
  process: HolderProcess;
  seconds: number;
  /** Default: 0. */
  notWithinSeconds?: number;
}

/** An agent as upkeep judges it. */
export interface AgentStanding extends RegisterAgent {
  /** Seconds since it last registered or sent a heartbeat, by the launchpad's clock. */
  silentSeconds: number;
  /** Active Launches that it claimed and that have not ended. */
  launches: { launchId: LaunchId; fwId: FwId; state: LaunchState }[];
}

/** `own`: its news is written. Otherwise nothing was written, for this reason. */
export interface PingResult {
  launchId: LaunchId;
  standing: 'own' | 'deleted' | 'archived' | 'ended' | 'not-yours';
}
