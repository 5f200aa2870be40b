import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { FWorker } from '@skyrocket/model/records';
import type { Keyed } from './keyed.ts';
import type { ClaimedLaunch, ClaimOrder } from './running.ts';

/** Fireworks that wait for jobs of batch systems. */
export interface Reservations {
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
