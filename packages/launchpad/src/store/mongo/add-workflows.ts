import type { Keyed } from '@skyrocket/contract/keyed';
import type { IdMap } from '@skyrocket/contract/workflows';
import { fwId } from '@skyrocket/model/ids';
import type { Collection } from 'mongodb';
import type { WorkflowToAdd } from '../store.ts';
import { launchWithAction } from './action-files.ts';
import {
  type Addition,
  abandonIfDead,
  beginAddition,
  decideAddition,
  dropAddition,
  finishAddition,
} from './addition.ts';
import { answerGiven } from './answers.ts';
import { type MongoConnection, passing } from './connection.ts';
import { workflowDocument } from './new-workflow.ts';
import { type PlacedWorkflows, placeWorkflows, waitingDocument } from './place-workflows.ts';

/** How often a call looks whether another call with its key has come to its end. */
const pollMilliseconds = 50;

/** Stores Workflows, all of them or none: see `addition.ts`. */
export async function addWorkflows(
  connection: MongoConnection,
  { key, workflows }: Keyed & { workflows: WorkflowToAdd[] },
): Promise<{ idMaps: IdMap[] }> {
  if (workflows.length === 0) return { idMaps: [] };
  for (;;) {
    const given = await answerGiven(connection, key);
    if (given !== null) return { idMaps: readIdMaps(given) };
    const placed = await placeWorkflows(connection, workflows);
    const addition = await beginAddition(connection, { key, ...rangesOf(placed) });
    if (addition) {
      // Another call with this key may have come to its end since it was asked for.
      const late = await answerGiven(connection, key);
      if (late === null) return { idMaps: await insert(connection, addition, placed) };
      await dropAddition(connection, addition);
      return { idMaps: readIdMaps(late) };
    }
    await abandonIfDead(connection, key);
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

async function insert(
  connection: MongoConnection,
  addition: Addition,
  { idMaps, fireworks, workflows, launches, ready, now }: PlacedWorkflows,
): Promise<IdMap[]> {
  const histories: Map<string, unknown>[] = [];
  for (const launch of launches) histories.push(await launchWithAction(connection, launch));
  await insertInParts(connection.launches, histories, (launch) => launch);
  await insertInParts(connection.fireworks, fireworks, (one) => waitingDocument(one, now));
  await insertInParts(connection.workflows, workflows, ({ workflow, ...as }) =>
    workflowDocument(workflow, { ...as, now }),
  );
  const text = JSON.stringify(idMaps.map((ids) => [...ids]));
  await decideAddition(connection, addition, { ready, text });
  await finishAddition(connection, { key: addition.key, ready, text });
  return idMaps;
}

const partSize = 1000;

/** Two at a time: while the server stores one part, the documents of the next one are made. */
async function insertInParts<Item>(
  collection: Collection,
  items: readonly Item[],
  documentOf: (item: Item) => Map<string, unknown>,
): Promise<void> {
  let next = 0;
  const insertNext = async (): Promise<void> => {
    while (next < items.length) {
      const part = items.slice(next, next + partSize);
      next += partSize;
      await collection.insertMany(part.map(documentOf), { ordered: false, ...passing });
    }
  };
  await Promise.all([insertNext(), insertNext()]);
}

function rangesOf({ fireworks, workflows, launches }: PlacedWorkflows): Omit<Addition, 'key' | 'token'> {
  return {
    fireworks: { first: fireworks[0]?.id ?? 0, count: fireworks.length },
    launches: { first: launches[0]?.launchId ?? 0, count: launches.length },
    workflows: workflows.map(({ id }) => id),
  };
}

function readIdMaps(text: string): IdMap[] {
  const written: [number, number][][] = JSON.parse(text);
  return written.map((pairs) => new Map(pairs.map(([old, id]) => [fwId(old), fwId(id)])));
}
