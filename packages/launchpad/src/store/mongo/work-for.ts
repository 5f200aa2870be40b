import { type FwId, fwId } from '@skyrocket/model/ids';
import type { FWorker } from '@skyrocket/model/records';
import { workerFilter } from '@skyrocket/model/worker-filter';
import { claimFilter } from './claim-candidates.ts';
import type { MongoConnection } from './connection.ts';
import { integerOf } from './documents.ts';
import { findHomes } from './find-homes.ts';
import { userFilter } from './raw-documents.ts';
import { Structures } from './workflow-structure.ts';

/** Fireworks under way are looked at in groups, until one with a child that waits is found. */
const groupSize = 200;

/** What a worker may hope for: see `Store.workFor`. */
export async function workFor(
  connection: MongoConnection,
  fworker: FWorker,
): Promise<{ ready: boolean; later: boolean }> {
  const ready = claimFilter({ fworker, withoutTasks: [] });
  const [first, later] = await Promise.all([
    connection.fireworks.findOne(ready, { projection: { _id: 1 } }),
    isSomethingComing(connection, fworker),
  ]);
  return { ready: first !== null, later };
}

async function isSomethingComing(connection: MongoConnection, fworker: FWorker): Promise<boolean> {
  const underWay = { state: { $in: ['RUNNING', 'RESERVED'] }, ...userFilter(workerFilter(fworker)) };
  let group: FwId[] = [];
  for await (const firework of connection.fireworks.find(underWay, { projection: { _id: 0, fw_id: 1 } })) {
    group.push(fwId(integerOf(firework.fw_id)));
    if (group.length < groupSize) continue;
    if (await someChildWaits(connection, group)) return true;
    group = [];
  }
  return group.length > 0 && someChildWaits(connection, group);
}

async function someChildWaits(connection: MongoConnection, ids: FwId[]): Promise<boolean> {
  const structures = new Structures(connection);
  const homes = await findHomes(connection, ids);
  const children = new Map<string, FwId[]>();
  for (const [id, home] of homes) children.set(home, [...(children.get(home) ?? []), id]);
  const wanted = [...children].map(
    ([home, parents]) => [home, { children: parents, parents: [], states: [] }] as const,
  );
  await structures.read(new Map(wanted));
  const heirs = [...children].map(([home, parents]) => {
    const found = structures.of(home);
    const states = parents.flatMap((parent) => found?.children.get(parent) ?? []);
    return [home, { children: [], parents: [], states }] as const;
  });
  await structures.read(new Map(heirs));
  return heirs.some(([home, { states }]) =>
    states.some((id) => structures.of(home)?.states.get(id) === 'WAITING'),
  );
}
