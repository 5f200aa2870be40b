import type { IdMap } from '@skyrocket/contract/workflows';
import type { AddedFirework, Change, FireworkChange } from '@skyrocket/model/change';
import { type FwId, fwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { ObjectId } from 'mongodb';
import { mapToBson } from './bson-user-data.ts';
import type { MongoConnection } from './connection.ts';
import { dateOf, newFireworkDocument, stateOf } from './documents.ts';
import { drawIds } from './draw-ids.ts';
import { isLarge, recentBefore } from './large-workflows.ts';
import type { LockUse } from './locks.ts';
import type { NeighbourhoodLoader } from './neighbourhood-loader.ts';
import { assertPlanFits } from './plan-size.ts';
import type { FireworkWrite, Plan, WorkflowWrite } from './planned-writes.ts';
import { type Move, type Settling, settledState } from './workflow-settling.ts';
import type { WorkflowStructure } from './workflow-structure.ts';

/** What a change is made from. */
export interface Planning {
  change: Change;
  loader: NeighbourhoodLoader;
  now: Timestamp;
  /** The Fireworks that a user named; null when no user decided. FireWorks writes some times as Dates then (format §2.1). */
  named: ReadonlySet<FwId> | null;
  /** Of the lock: under one for ends only others write to the map of states, too. */
  use: LockUse;
}

/** Above so many changed states of one Workflow the whole map of states is written instead of single paths. */
const manyStates = 400;

/** Turns the part of a change that concerns Fireworks and Workflows into writes; draws ids for what is added. */
export async function planChange(
  connection: MongoConnection,
  planning: Planning,
): Promise<{ plan: Plan; ids: IdMap }> {
  const { change, loader } = planning;
  await loader.loadNodes(endpoints(change));
  const ids = await drawAddedIds(connection, change.added);
  const fireworks = [...change.fireworks].map(([id, one]) => fireworkWrite(planning, id, one));
  const added = change.added.map(({ firework }) => addedDocument(planning, ids, firework));
  const claimable = change.added.flatMap(({ firework }) =>
    firework.state === 'READY' ? [storedId(ids, firework.fwId)] : [],
  );
  const workflows = await Promise.all(
    [...settlings(planning, ids).values()].map((settling) => workflowWrite(connection, planning, settling)),
  );
  const plan = { fireworks, added, claimable, workflows };
  await assertPlanFits(connection, plan, loader.loaded);
  return { plan, ids };
}

function endpoints({ links, added }: Change): FwId[] {
  const ids = [...links.flatMap(({ parent, child }) => [parent, child]), ...added.map(({ joins }) => joins)];
  return ids.filter((id) => id >= 0);
}

async function drawAddedIds(connection: MongoConnection, added: AddedFirework[]): Promise<IdMap> {
  if (added.length === 0) return new Map();
  const first = await drawIds(connection, 'next_fw_id', added.length);
  return new Map(added.map(({ firework }, index) => [firework.fwId, fwId(first + index)]));
}

function storedId(ids: IdMap, id: FwId): FwId {
  return ids.get(id) ?? id;
}

function stateBefore({ loader }: Planning, id: FwId): State {
  const loaded = loader.loaded.get(id);
  if (!loaded) throw new Error(`a decision changes Firework ${id}, which was not loaded`);
  return stateOf(loaded.document.get('state'));
}

function fireworkWrite(planning: Planning, id: FwId, change: FireworkChange): FireworkWrite {
  const from = stateBefore(planning, id);
  const to = change.state ?? from;
  const set = new Map<string, unknown>();
  if (change.launches) set.set('launches', change.launches);
  if (change.archivedLaunches) set.set('archived_launches', change.archivedLaunches);
  if (to !== from) set.set('state', to);
  // FireWorks leaves the moment as it is when a user edits a spec.
  const isEdit = planning.named !== null && set.size === 0;
  if (!isEdit) {
    const asDate = writtenAsDate(planning.named, id, { from, to });
    set.set('updated_on', asDate ? dateOf(planning.now) : planning.now);
  }
  const spec = change.spec ? { set: mapToBson(change.spec.set), unset: [...change.spec.unset] } : null;
  const launches = planning.loader.sketched.get(id);
  return { fwId: id, from, to, set, spec, ...(launches && { launches }) };
}

/** Where FireWorks sets a state without writing the whole document. */
function writtenAsDate(
  named: ReadonlySet<FwId> | null,
  id: FwId,
  { from, to }: { from: State; to: State },
): boolean {
  if (!named || from === to) return false;
  const heldBack = (state: State) => state === 'PAUSED' || state === 'DEFUSED' || state === 'ARCHIVED';
  return heldBack(to) || (heldBack(from) && to === 'WAITING' && named.has(id));
}

function addedDocument(
  { now }: Planning,
  ids: IdMap,
  firework: AddedFirework['firework'],
): Map<string, unknown> {
  const state = firework.state === 'READY' ? 'WAITING' : firework.state;
  const id = storedId(ids, firework.fwId);
  return newFireworkDocument(firework, { id, state, now, launches: [], archivedLaunches: [] });
}

/** What the change asks of each Workflow that it touches. */
function settlings(planning: Planning, ids: IdMap): Map<string, Settling> {
  const { change, loader } = planning;
  const found = new Map<string, Settling>();
  const of = (id: FwId): Settling => {
    const workflow = loader.loaded.get(id)?.workflow;
    const structure = workflow === undefined ? undefined : loader.structures.of(workflow);
    if (workflow === undefined || !structure)
      throw new Error(`Firework ${id} is in no Workflow that was loaded`);
    const settling = found.get(workflow) ?? {
      structure,
      moves: [],
      children: new Map(),
      change,
      addedSpecs: new Map(),
    };
    found.set(workflow, settling);
    return settling;
  };
  for (const id of change.fireworks.keys()) of(id);
  for (const move of moves(planning)) of(move.fwId).moves.push(move);
  for (const { firework, joins } of change.added) {
    const settling = of(joins);
    const id = storedId(ids, firework.fwId);
    settling.moves.push({ fwId: id, from: null, to: firework.state });
    settling.addedSpecs.set(id, firework.spec);
    settling.children.set(id, []);
  }
  const homes = new Map(change.added.map(({ firework, joins }) => [firework.fwId, joins]));
  for (const { parent, child } of change.links) {
    const { structure, children } = of(homes.get(parent) ?? parent);
    const stored = storedId(ids, parent);
    const known = children.get(stored) ?? structure.children.get(stored) ?? [];
    children.set(stored, [...new Set([...known, storedId(ids, child)])]);
  }
  return found;
}

/** Entries of `fw_states` that change, and those of Fireworks that were looked at and lag behind. */
function* moves({ change, loader }: Planning): Generator<Move> {
  for (const { fwId: id, workflow, document } of loader.loaded.values()) {
    const stored = stateOf(document.get('state'));
    const copy = loader.structures.of(workflow)?.states.get(id) ?? null;
    const to = change.fireworks.get(id)?.state ?? stored;
    if (to !== copy) yield { fwId: id, from: copy, to };
  }
}

/** Whether `updated_on` is to be written though nothing else changes that is indexed. */
const isDue = ({ size, updatedOn }: WorkflowStructure, now: Timestamp) =>
  !isLarge(size) || updatedOn === null || updatedOn < dateOf(recentBefore(now));

async function workflowWrite(
  connection: MongoConnection,
  { loader, now, use }: Planning,
  settling: Settling,
): Promise<WorkflowWrite> {
  const { structure, moves: moved, children, addedSpecs } = settling;
  const state = await settledState(connection, loader.structures, settling);
  const isMore = children.size > 0 || addedSpecs.size > 0;
  const set = new Map<string, unknown>();
  if (isMore || state !== structure.state || isDue(structure, now)) {
    set.set('state', state);
    set.set('updated_on', dateOf(now));
  }
  if (moved.length > manyStates && structure.whole && use === 'any') {
    const states = new Map(structure.states);
    for (const { fwId: id, to } of moved) states.set(id, to);
    set.set('fw_states', new Map([...states].map(([id, one]) => [String(id), one])));
  } else {
    for (const { fwId: id, to } of moved) set.set(`fw_states.${id}`, to);
  }
  const add = new Map<string, unknown[]>();
  if (addedSpecs.size > 0) add.set('nodes', [...addedSpecs.keys()]);
  for (const [parent, list] of children) {
    set.set(`links.${parent}`, list);
    const before = new Set(structure.children.get(parent));
    for (const child of list) {
      if (before.has(child)) continue;
      const path = `parent_links.${child}`;
      const parents = add.get(path);
      if (parents) parents.push(parent);
      else add.set(path, [parent]);
    }
  }
  return { id: new ObjectId(structure.id), set, add };
}
