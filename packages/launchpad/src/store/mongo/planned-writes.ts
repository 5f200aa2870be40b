import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import type { AnyBulkWriteOperation, Document, ObjectId } from 'mongodb';

/** What is to be written of one Firework. Repeating it is harmless: it is conditional on the state before. */
export interface FireworkWrite {
  fwId: FwId;
  from: State;
  to: State;
  /** Top-level members. */
  set: Map<string, unknown>;
  spec: SpecWrite | null;
  /** `launches` before, where the Firework was not read. */
  launches?: LaunchId[];
}

export interface SpecWrite {
  set: Map<string, unknown>;
  unset: string[];
}

/** What is to be written of one Workflow, at once with the release of its lock. */
export interface WorkflowWrite {
  id: ObjectId;
  set: Map<string, unknown>;
  /** Lists that grow, if what they are to hold is not there yet. */
  add: Map<string, unknown[]>;
}

/** A change as the writes that make it. */
export interface Plan {
  fireworks: FireworkWrite[];
  /** Documents of new Fireworks, none of them READY. */
  added: Map<string, unknown>[];
  /** New Fireworks that become READY when all else is written. */
  claimable: FwId[];
  workflows: WorkflowWrite[];
}

/**
 * The operations of some writes; those that write the same are one operation, which costs the server a fraction of as many
 * single ones.
 */
export function fireworkOperations(writes: readonly FireworkWrite[]): AnyBulkWriteOperation<Document>[] {
  const alike = new Map<string, FireworkWrite[]>();
  const operations: AnyBulkWriteOperation<Document>[] = [];
  for (const write of writes) {
    if (write.spec) {
      const filter = { fw_id: write.fwId, state: write.from };
      operations.push({ updateOne: { filter, update: specPipeline(write.set, write.spec) } });
      continue;
    }
    const held = write.launches?.length === 1 ? 'one' : write.launches;
    const kind = JSON.stringify([write.from, held, ...write.set]);
    const group = alike.get(kind);
    if (group) group.push(write);
    else alike.set(kind, [write]);
  }
  for (const group of alike.values()) {
    const [first] = group;
    if (!first) continue;
    const fwIds = group.map((write) => write.fwId);
    const filter = { fw_id: { $in: fwIds }, state: first.from, ...heldBy(group) };
    operations.push({ updateMany: { filter, update: { $set: first.set } } });
  }
  return operations;
}

/** A Firework that holds one Launch holds none of the others of a batch. */
function heldBy(group: readonly FireworkWrite[]): Document {
  const launches = group[0]?.launches;
  if (!launches) return {};
  if (launches.length !== 1) return { launches };
  return { launches: { $size: 1, $in: group.flatMap((write) => write.launches ?? []) } };
}

/** In a pipeline that updates many documents: the value that belongs to the one whose `field` is the id beside it. */
export function valueFor(field: string, pairs: ReadonlyMap<number, unknown>): Document {
  const place = { $indexOfArray: [{ $literal: [...pairs.keys()] }, `$${field}`] };
  return { $arrayElemAt: [{ $literal: [...pairs.values()] }, place] };
}

/**
 * A pipeline, since plain updates add new keys in the order of the alphabet and cannot name keys with dots. What is
 * there already keeps its place.
 */
function specPipeline(set: Map<string, unknown>, spec: SpecWrite): Document[] {
  let merged: unknown = '$spec';
  for (const key of spec.unset) merged = { $unsetField: { field: { $literal: key }, input: merged } };
  if (spec.set.size > 0) merged = { $mergeObjects: [merged, { $literal: spec.set }] };
  const literals = new Map([...set].map(([name, value]) => [name, { $literal: value }] as const));
  return [{ $set: new Map<string, unknown>([...literals, ['spec', merged]]) }];
}

/** @param releases whether the lock is removed with it */
export function workflowUpdate({ set, add }: WorkflowWrite, releases: boolean): Document | Document[] {
  const update: Document = { $set: set, ...(releases && { $unset: { locked: '' } }) };
  if (add.size > 0) {
    update.$addToSet = new Map([...add].map(([path, values]) => [path, { $each: values }]));
    return update;
  }
  const states = [...set].filter(([path]) => path.startsWith(statePath));
  if (!areMany(states.length)) return update;
  const others = [...set].filter(([path]) => !path.startsWith(statePath));
  const merged = mergedStates(new Map(states.map(([path, to]) => [path.slice(statePath.length), to])));
  return [
    { $set: { ...Object.fromEntries(others), ...merged } },
    ...(releases ? [{ $unset: 'locked' }] : []),
  ];
}

const statePath = 'fw_states.';

/**
 * The server looks through the map of states for each path that is set; so many are merged into it at once, which costs it as
 * much as the Workflow is large.
 */
export const areMany = (states: number): boolean => states > 150;

/** Of a pipeline's `$set`: these states, beside those of the other Fireworks. */
export const mergedStates = (states: ReadonlyMap<string, unknown>): Document => ({
  fw_states: { $mergeObjects: ['$fw_states', { $literal: states }] },
});
