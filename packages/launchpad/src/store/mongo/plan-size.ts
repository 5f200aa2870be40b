import type { FwId } from '@skyrocket/model/ids';
import { isUserMap } from '@skyrocket/model/user-data';
import type { Document } from 'mongodb';
import { toBson } from './bson-user-data.ts';
import type { MongoConnection } from './connection.ts';
import { assertFits, assertGrowth, hasRoom, sizeOf } from './document-size.ts';
import { integerOf } from './documents.ts';
import type { LoadedFirework } from './neighbourhood-loader.ts';
import type { Plan, SpecWrite } from './planned-writes.ts';
import { findRaw } from './raw-documents.ts';

/** What MongoDB measures a document to be. */
const measured = { _id: 1, nodes: { $slice: ['$nodes', 1] }, size: { $bsonSize: '$$ROOT' } };

/**
 * Whether every document still has room for what a change adds to it, before anything of it is written: a change that is
 * decided must be possible. @throws TOO_LARGE
 */
export async function assertPlanFits(
  connection: MongoConnection,
  plan: Plan,
  loaded: ReadonlyMap<FwId, LoadedFirework>,
): Promise<void> {
  for (const document of plan.added) assertFits(document, `Firework ${String(document.get('name'))}`);
  for (const { fwId, spec } of plan.fireworks) {
    if (spec) await assertSpecFits(connection, { fwId, spec, size: sizeWhenLoaded(loaded.get(fwId)) });
  }
  const larger = plan.workflows.filter(({ add }) => add.size > 0);
  const ids = larger.map(({ id }) => id);
  for (const workflow of await sizes(connection.workflows, { _id: { $in: ids } }, ids.length)) {
    const write = larger.find(({ id }) => id.equals(workflow._id));
    const more = new Map<string, unknown>([...(write?.set ?? []), ...(write?.add ?? [])]);
    assertGrowth(integerOf(workflow.size), more, `the Workflow of Firework ${workflow.nodes?.[0]}`);
  }
}

const sizeWhenLoaded = (loaded: LoadedFirework | undefined) =>
  loaded ? integerOf(loaded.document.get('size')) : 0;

/** What an edit replaces is measured only where it matters. */
async function assertSpecFits(
  connection: MongoConnection,
  { fwId, spec, size }: { fwId: FwId; spec: SpecWrite; size: number },
): Promise<void> {
  if (hasRoom(size + sizeOf(spec.set))) return;
  const [document] = await findRaw(
    connection.fireworks,
    { fw_id: fwId },
    { projection: { _id: 0, spec: 1 } },
  );
  const before = document?.get('spec');
  const replaced = new Map<string, unknown>();
  for (const key of [...spec.set.keys(), ...spec.unset]) {
    if (isUserMap(before) && before.has(key)) replaced.set(key, toBson(before.get(key) ?? null));
  }
  assertGrowth(size - sizeOf(replaced), new Map([['spec', spec.set]]), `Firework ${fwId}`);
}

async function sizes(
  collection: MongoConnection['fireworks'],
  filter: Document,
  count: number,
): Promise<Document[]> {
  return count === 0 ? [] : collection.find(filter, { projection: measured }).toArray();
}
