import type { Change } from '@skyrocket/model/change';
import { type FwId, fwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import { isTruthy, type UserMap } from '@skyrocket/model/user-data';
import { workflowState } from '@skyrocket/model/workflow-state';
import type { MongoConnection } from './connection.ts';
import { integerOf } from './documents.ts';
import { findRaw } from './raw-documents.ts';
import { leavesOf } from './witnesses.ts';
import type { Structures, WorkflowStructure } from './workflow-structure.ts';

/** How one Firework's entry in `fw_states` moves. */
export interface Move {
  fwId: FwId;
  from: State | null;
  to: State;
}

/** What of a change concerns one Workflow; ids of added Fireworks are those that were drawn. */
export interface Settling {
  structure: WorkflowStructure;
  moves: Move[];
  /** Children by parent after the change, where links are added. */
  children: Map<FwId, FwId[]>;
  change: Change;
  /** Specs of added Fireworks. */
  addedSpecs: Map<FwId, UserMap>;
}

/** Workflows with more Fireworks than this are settled by witnesses where that is possible. */
const manyNodes = 40;

/**
 * The state of a Workflow after a change. It mostly follows from the state before and the moves; else all states of the
 * Workflow are read and counted, which costs as much as the Workflow is large.
 */
export async function settledState(
  connection: MongoConnection,
  structures: Structures,
  settling: Settling,
): Promise<State> {
  const { structure } = settling;
  const followed = followingState(settling);
  const done = settling.moves.some(({ fwId: id, to }) => to === 'COMPLETED' && isLeaf(settling, id));
  if (followed !== null && (!done || (await hasOpenLeaf(connection, structures, settling)))) return followed;
  await structures.readWhole([structure.id]);
  return countedState(connection, settling);
}

/** The state that follows from the one before, if not all leaves are COMPLETED; null when that cannot be told. */
function followingState({ structure, moves, children, change, addedSpecs }: Settling): State | null {
  const before = structure.state;
  const editsFlag = [...change.fireworks.values()].some(
    ({ spec }) => spec?.set.has('_allow_fizzled_parents') || spec?.unset.includes('_allow_fizzled_parents'),
  );
  if (children.size > 0 || addedSpecs.size > 0 || editsFlag) return null;
  if (before === 'COMPLETED' || before === 'ARCHIVED') return null;
  if (!moves.every(({ from, to }) => from !== null && goesOn.has(from) && goesOn.has(to))) return null;
  const isUnderWay = (state: State | null) => state === 'RUNNING' || state === 'COMPLETED';
  if (moves.some(({ from, to }) => isUnderWay(from) && !isUnderWay(to))) return null;
  if (before === 'DEFUSED' || before === 'PAUSED' || before === 'FIZZLED') return before;
  if (before === 'RUNNING' || moves.some(({ to }) => isUnderWay(to))) return 'RUNNING';
  if (moves.some(({ to }) => to === 'RESERVED')) return 'RESERVED';
  return moves.some(({ from }) => from === 'RESERVED') ? null : before;
}

const goesOn: ReadonlySet<State> = new Set(['WAITING', 'READY', 'RESERVED', 'RUNNING', 'COMPLETED']);

function isLeaf({ structure, children }: Settling, id: FwId): boolean {
  return (children.get(id) ?? structure.children.get(id) ?? []).length === 0;
}

/** Whether a leaf is known that is not COMPLETED after the change. */
async function hasOpenLeaf(
  connection: MongoConnection,
  structures: Structures,
  settling: Settling,
): Promise<boolean> {
  const { structure, moves } = settling;
  const moved = new Set(moves.map((move) => move.fwId));
  const witnesses = connection.witnesses
    .of(leavesOf(structure.id))
    .map(fwId)
    .filter((id) => !moved.has(id));
  if (witnesses.length === 0) return false;
  await structures.read(new Map([[structure.id, { children: witnesses, parents: [], states: witnesses }]]));
  return witnesses.some((id) => {
    const state = structure.states.get(id);
    return isLeaf(settling, id) && state !== undefined && state !== 'COMPLETED';
  });
}

/** The state of a Workflow all of which has been read, by counting. */
export async function countedState(
  connection: MongoConnection,
  settling: Omit<Settling, 'change'> & Partial<Pick<Settling, 'change'>>,
): Promise<State> {
  const { structure, moves, children } = settling;
  const states = new Map(structure.states);
  for (const { fwId: id, to } of moves) states.set(id, to);
  const links = new Map([...structure.children, ...children]);
  const counts: Partial<Record<State, number>> = {};
  const openLeaves: FwId[] = [];
  const fizzled: FwId[] = [];
  for (const [id, state] of states) {
    counts[state] = (counts[state] ?? 0) + 1;
    if (state !== 'COMPLETED' && (links.get(id) ?? []).length === 0) openLeaves.push(id);
    if (state === 'FIZZLED') fizzled.push(id);
  }
  if (states.size > manyNodes) connection.witnesses.remember(leavesOf(structure.id), openLeaves);
  const blocks = fizzled.length > 0 && (await someBlocks(connection, settling, { fizzled, links }));
  return workflowState({
    total: states.size,
    states: counts,
    openLeaves: openLeaves.length,
    fizzledBlocks: () => blocks,
  });
}

/** Whether a FIZZLED Firework is a leaf, or has a child that does not allow it. */
async function someBlocks(
  connection: MongoConnection,
  { change, addedSpecs }: Parameters<typeof countedState>[1],
  { fizzled, links }: { fizzled: FwId[]; links: ReadonlyMap<FwId, FwId[]> },
): Promise<boolean> {
  const heirs = new Set<FwId>();
  for (const id of fizzled) {
    const below = links.get(id) ?? [];
    if (below.length === 0) return true;
    for (const child of below) heirs.add(child);
  }
  for (const [id, spec] of addedSpecs) {
    if (heirs.delete(id) && !isTruthy(spec.get('_allow_fizzled_parents'))) return true;
  }
  const projection = { _id: 0, fw_id: 1, allow: '$spec._allow_fizzled_parents' };
  const documents = await findRaw(connection.fireworks, { fw_id: { $in: [...heirs] } }, { projection });
  return documents.some((document) => {
    const spec = change?.fireworks.get(fwId(integerOf(document.get('fw_id'))))?.spec;
    if (spec?.set.has('_allow_fizzled_parents')) return !isTruthy(spec.set.get('_allow_fizzled_parents'));
    if (spec?.unset.includes('_allow_fizzled_parents')) return true;
    return !isTruthy(document.get('allow'));
  });
}
