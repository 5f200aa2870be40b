import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { type Document, type Filter, ObjectId } from 'mongodb';
import { dateOf } from './documents.ts';
import type { Homes } from './homes.ts';

/**
 * Workflows of one Firework are written together, however many they are, since all of them look alike: one operation costs
 * the server a fraction of as many single ones.
 */

/** Whether each of these Workflows (the hexadecimal `_id`s of their documents) had one Firework when it was last read. */
export function areLone(homes: Homes, workflows: Iterable<string>): boolean {
  for (const workflow of workflows) if (homes.sizeOf(workflow) !== 1) return false;
  return true;
}

/** Those of the Workflows that still have one Firework, and the copy of its state. */
export function loneOnes(workflows: Iterable<string>): Filter<Document> {
  const _id = { $in: [...workflows].map((id) => new ObjectId(id)) };
  return { _id, nodes: { $size: 1 }, fw_states: { $type: 'object' } };
}

/** Brings the Workflow and the copy to the state that its Firework has, as members of a pipeline's `$set`. */
export function loneState(state: State, now: Timestamp): Document {
  const members = { input: { $objectToArray: '$fw_states' }, in: { k: '$$this.k', v: state } };
  return { state, updated_on: dateOf(now), fw_states: { $arrayToObject: { $map: members } } };
}
