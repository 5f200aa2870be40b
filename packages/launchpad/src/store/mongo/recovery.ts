import type { Decision } from '@skyrocket/model/change';
import { refreshFireworks } from '@skyrocket/model/decisions/refresh';
import { type FwId, fwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import type { ObjectId } from 'mongodb';
import type { View } from '../store.ts';
import { finishPlan, releasePlan, undoContest } from './commit.ts';
import { type MongoConnection, passing } from './connection.ts';
import { decideLocked } from './decide-locked.ts';
import { finishDeletion } from './deletion.ts';
import { integerOf, stateOf } from './documents.ts';
import { readIntent, removeIntent } from './intents.ts';
import { type Lock, type LockToken, newLock, unlock } from './locks.ts';
import { countedState } from './workflow-settling.ts';
import { Structures } from './workflow-structure.ts';

/**
 * Finishes what the owner of a lock began before it died (or lost its connection), and releases the lock. Whoever comes
 * second finds nothing to do.
 */
export async function recover(connection: MongoConnection, dead: LockToken): Promise<void> {
  const lock = await takeOver(connection, dead);
  const intent = await readIntent(connection, dead);
  if (intent?.phase === 'decided') {
    // The locks are released when all else is written: where one is gone, only the others are left to be released.
    const rest = lock.workflows.length === intent.locks ? finishPlan : releasePlan;
    await rest(connection, lock, intent);
    await removeIntent(connection, dead);
  } else if (intent) {
    await undoContest(connection, intent.contest);
    await unlock(connection, lock);
    await removeIntent(connection, dead);
  } else if (!(await finishDeletion(connection, { dead, lock }))) {
    for (const workflow of lock.workflows) await reconcile(connection, { ...lock, workflows: [workflow] });
  }
}

/** Takes over the lock of a dead owner on all Workflows that still carry it. */
async function takeOver(connection: MongoConnection, dead: LockToken): Promise<Lock> {
  const fresh = newLock(connection, []);
  const taken = await connection.workflows.updateMany(
    { locked: dead },
    { $set: { locked: fresh.token } },
    passing,
  );
  if (taken.modifiedCount === 0) return fresh;
  const workflows = await connection.workflows
    .find({ locked: fresh.token }, { projection: { _id: 1 } })
    .toArray();
  const ids = workflows.map((workflow): ObjectId => workflow._id);
  return { ...fresh, workflows: ids, asked: ids.map((id) => id.toHexString()) };
}

/**
 * Brings a Workflow to what its Fireworks and their Launches say, when its lock was left without an intent: some of the
 * writes of a batch of completions may be missing. The Launches come first among these, so all else follows from them.
 * Releases the lock.
 */
export async function reconcile(connection: MongoConnection, lock: Lock): Promise<void> {
  const suspects = await copyStates(connection, lock);
  const request = { key: null, seeds: { fwIds: suspects, launchIds: [] }, answer: () => '' };
  await decideLocked(connection, { lock, request, fwIds: suspects }, (view) => refreshed(view, suspects));
}

function refreshed({ neighbourhood }: View, fwIds: FwId[]): Decision<unknown> {
  return refreshFireworks(neighbourhood, { fwIds: fwIds.filter((id) => !neighbourhood.absent.has(id)) });
}

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
      if (state === 'WAITING' || state === 'RUNNING') suspects.push(id);
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
