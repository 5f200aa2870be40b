import type { Decision } from '@skyrocket/model/change';
import { refreshFireworks } from '@skyrocket/model/decisions/refresh';
import { type FwId, fwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import type { View } from '../store.ts';
import { type MongoConnection, passing } from './connection.ts';
import { decideLocked } from './decide-locked.ts';
import { integerOf, stateOf } from './documents.ts';
import type { Lock } from './locks.ts';
import { countedState } from './workflow-settling.ts';
import { Structures } from './workflow-structure.ts';

/**
 * Brings Workflows to what their Fireworks and their Launches say, when a lock was left without an intent: some of the
 * writes of a batch of completions may be missing. The Launches come first among these, so all else follows from them.
 * Releases the lock.
 */
export async function reconcile(connection: MongoConnection, lock: Lock): Promise<void> {
  for (const workflow of lock.workflows) await reconcileOne(connection, { ...lock, workflows: [workflow] });
}

async function reconcileOne(connection: MongoConnection, lock: Lock): Promise<void> {
  const suspects = await copyStates(connection, lock);
  const request = { key: null, seeds: { fwIds: suspects, launchIds: [] }, answer: () => '' };
  await decideLocked(connection, { lock, request, fwIds: suspects }, (view) => refreshed(view, suspects));
}

function refreshed({ neighbourhood }: View, fwIds: FwId[]): Decision<unknown> {
  return refreshFireworks(neighbourhood, { fwIds: fwIds.filter((id) => !neighbourhood.absent.has(id)) });
}

/** RESERVED: its Launch has run without a launchpad, and has ended. */
const mayMoveOn: ReadonlySet<State> = new Set(['WAITING', 'RESERVED', 'RUNNING']);

/** Makes the redundant states what the Fireworks are. @returns those that a refresh may move on */
async function copyStates(connection: MongoConnection, lock: Lock): Promise<FwId[]> {
  const suspects: FwId[] = [];
  for (const _id of lock.workflows) {
    const structures = new Structures(connection);
    await structures.readWhole([_id.toHexString()]);
    const structure = structures.of(_id.toHexString());
    if (!structure) continue;
    const lagging = new Map<string, State>();
    for (const [id, state] of await statesOf(connection, [...structure.children.keys()])) {
      if (structure.states.get(id) !== state) lagging.set(`fw_states.${id}`, state);
      structure.states.set(id, state);
      if (mayMoveOn.has(state)) suspects.push(id);
    }
    const state = await countedState(connection, {
      structure,
      moves: [],
      children: new Map(),
      addedSpecs: new Map(),
    });
    if (lagging.size > 0 || state !== structure.state) {
      const mine = { _id, locked: lock.token };
      await connection.workflows.updateOne(mine, { $set: new Map(lagging).set('state', state) }, passing);
    }
  }
  return suspects;
}

async function statesOf(connection: MongoConnection, ids: FwId[]): Promise<Map<FwId, State>> {
  const states = new Map<FwId, State>();
  const found = connection.fireworks.find(
    { fw_id: { $in: ids } },
    { projection: { _id: 0, fw_id: 1, state: 1 } },
  );
  for await (const firework of found) {
    states.set(fwId(integerOf(firework.fw_id)), stateOf(firework.state));
  }
  return states;
}
