import type { Document } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { assertFits, assertGrowth, sizeOf } from './document-size.ts';
import { integerOf } from './documents.ts';
import type { Plan } from './planned-writes.ts';

/** Edits that are smaller than this are taken to fit. */
const smallEdit = 128 * 1024;

/** What MongoDB measures a document to be. */
const measured = { _id: 1, fw_id: 1, nodes: { $slice: ['$nodes', 1] }, size: { $bsonSize: '$$ROOT' } };

/**
 * Whether every document still has room for what a change adds to it, before anything of it is written: a change that is
 * decided must be possible. @throws TOO_LARGE
 */
export async function assertPlanFits(connection: MongoConnection, plan: Plan): Promise<void> {
  for (const document of plan.added) assertFits(document, `Firework ${String(document.get('name'))}`);
  const growing = new Map<number, Map<string, unknown>>();
  for (const { fwId, spec } of plan.fireworks) {
    if (spec && sizeOf(spec.set) > smallEdit) growing.set(fwId, new Map([['spec', spec.set]]));
  }
  for (const firework of await sizes(
    connection.fireworks,
    { fw_id: { $in: [...growing.keys()] } },
    growing.size,
  )) {
    const id = integerOf(firework.fw_id);
    assertGrowth(integerOf(firework.size), growing.get(id) ?? new Map(), `Firework ${id}`);
  }
  const larger = plan.workflows.filter(({ add }) => add.size > 0);
  const ids = larger.map(({ id }) => id);
  for (const workflow of await sizes(connection.workflows, { _id: { $in: ids } }, ids.length)) {
    const write = larger.find(({ id }) => id.equals(workflow._id));
    const more = new Map<string, unknown>([...(write?.set ?? []), ...(write?.add ?? [])]);
    assertGrowth(integerOf(workflow.size), more, `the Workflow of Firework ${workflow.nodes?.[0]}`);
  }
}

async function sizes(
  collection: MongoConnection['fireworks'],
  filter: Document,
  count: number,
): Promise<Document[]> {
  return count === 0 ? [] : collection.find(filter, { projection: measured }).toArray();
}
