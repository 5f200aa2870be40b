import type { FWAction } from '@skyrocket/model/action';
import type { Recovery } from '@skyrocket/model/decisions/recovery';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { Checkpoint, NewWorkflow } from '@skyrocket/model/records';
import type { UserMap } from '@skyrocket/model/user-data';

/**
 * What may happen to a launchpad, as plain values: the same ones are given to what is tested and to the reference
 * model. Ids are those of the launchpad: Fireworks and Launches are numbered from 1 in the order in which they are made.
 */
export type Operation =
  | { kind: 'add'; workflow: NewWorkflow }
  /** READY → RESERVED, with a new Launch. */
  | { kind: 'claim'; fwId: FwId }
  /** RESERVED → RUNNING, where the Launch still stands for its Firework. */
  | { kind: 'start'; launchId: LaunchId }
  /** News of a Launch that runs. */
  | { kind: 'ping'; launchId: LaunchId; checkpoint: Checkpoint }
  | { kind: 'finish'; ends: LaunchEnding[] }
  | { kind: 'lose'; launchId: LaunchId; afterwards: 'stop' | 'rerun' }
  | { kind: 'release'; launchId: LaunchId; workersThatCannotImport: number }
  | { kind: 'pause' | 'resume' | 'defuse' | 'reignite' | 'archive' | 'refresh'; fwIds: FwId[] }
  | { kind: 'rerun'; fwIds: FwId[]; taskLevel?: Recovery }
  | { kind: 'append'; workflow: NewWorkflow; parents: FwId[]; detour: boolean; pullSpecMods: boolean }
  | { kind: 'update'; fwIds: FwId[]; set: UserMap }
  /** Follows a claim: the Firework takes the Launches of others that its duplicate finder calls equal (format §12.2). */
  | { kind: 'take-over'; fwId: FwId; claimed: LaunchId; matches: FwId[] };

export interface LaunchEnding {
  launchId: LaunchId;
  state: 'COMPLETED' | 'FIZZLED';
  action: FWAction;
  checkpoint?: Checkpoint;
}

/** All that operations can change, in a form that can be compared as text. */
export interface Picture {
  /** By fw_id: state, spec, children (sorted), active and archived Launches. */
  fireworks: Record<number, string>;
  /** By launch_id: state. */
  launches: Record<number, string>;
  /** By smallest fw_id: state. */
  workflows: Record<number, string>;
}
