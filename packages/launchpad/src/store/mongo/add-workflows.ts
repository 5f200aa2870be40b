import type { IdMap, Keyed } from '@skyrocket/contract/launchpad';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { isTruthy } from '@skyrocket/model/user-data';
import { workflowState } from '@skyrocket/model/workflow-state';
import { type Collection, ObjectId } from 'mongodb';
import type { WorkflowToAdd } from '../store.ts';
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
import { assertFits } from './document-size.ts';
import { launchDocument, newFireworkDocument, newWorkflowDocument } from './documents.ts';
import { drawIds } from './draw-ids.ts';

/** What is to be inserted; the ids have been drawn. */
interface Documents {
  idMaps: IdMap[];
  fireworks: Map<string, unknown>[];
  workflows: Map<string, unknown>[];
  launches: Map<string, unknown>[];
  /** Fireworks that become claimable by the last write. */
  ready: FwId[];
}

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
    const documents = await makeDocuments(connection, workflows);
    const addition = await beginAddition(connection, { key, ...rangesOf(documents) });
    if (addition) {
      // Another call with this key may have come to its end since it was asked for.
      const late = await answerGiven(connection, key);
      if (late === null) return { idMaps: await insert(connection, addition, documents) };
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
  { idMaps, fireworks, workflows, launches, ready }: Documents,
): Promise<IdMap[]> {
  await insertInParts(connection.launches, launches);
  await insertInParts(connection.fireworks, fireworks);
  await insertInParts(connection.workflows, workflows);
  const text = JSON.stringify(idMaps.map((ids) => [...ids]));
  await decideAddition(connection, addition, { ready, text });
  await finishAddition(connection, { key: addition.key, ready, text });
  return idMaps;
}

const partSize = 1000;

/** Two at a time: while the server stores one part, the next one is put into its form. */
async function insertInParts(collection: Collection, documents: Map<string, unknown>[]): Promise<void> {
  let next = 0;
  const insertNext = async (): Promise<void> => {
    while (next < documents.length) {
      const part = documents.slice(next, next + partSize);
      next += partSize;
      await collection.insertMany(part, { ordered: false, ...passing });
    }
  };
  await Promise.all([insertNext(), insertNext()]);
}

function rangesOf({ fireworks, workflows, launches }: Documents): Omit<Addition, 'key' | 'token'> {
  const range = (documents: Map<string, unknown>[], id: string) => ({
    first: Number(documents[0]?.get(id) ?? 0),
    count: documents.length,
  });
  return {
    fireworks: range(fireworks, 'fw_id'),
    launches: range(launches, 'launch_id'),
    workflows: workflows.flatMap((document) => {
      const id = document.get('_id');
      return id instanceof ObjectId ? [id] : [];
    }),
  };
}

async function makeDocuments(connection: MongoConnection, workflows: WorkflowToAdd[]): Promise<Documents> {
  const all = workflows.flatMap((workflow) => workflow.fireworks);
  const launchCount = all.reduce((sum, one) => sum + one.launches.length + one.archivedLaunches.length, 0);
  const now = connection.now();
  const documents: Documents = { idMaps: [], fireworks: [], workflows: [], launches: [], ready: [] };
  let nextFwId = await drawIds(connection, 'next_fw_id', all.length);
  let nextLaunchId = launchCount === 0 ? 0 : await drawIds(connection, 'next_launch_id', launchCount);
  const takeLaunches = (records: LaunchRecord[], id: FwId): LaunchId[] =>
    records.map((record) => {
      const drawn = launchId(nextLaunchId++);
      documents.launches.push(launchDocument({ ...record, launchId: drawn, fwId: id }));
      return drawn;
    });
  for (const workflow of workflows) {
    const ids: IdMap = new Map(
      workflow.fireworks.map((firework, index) => [firework.fwId, fwId(nextFwId + index)]),
    );
    nextFwId += workflow.fireworks.length;
    documents.idMaps.push(ids);
    for (const firework of workflow.fireworks) {
      const id = newId(ids, firework.fwId);
      if (firework.state === 'READY') documents.ready.push(id);
      const document = newFireworkDocument(firework, {
        id,
        state: firework.state,
        now,
        launches: takeLaunches(firework.launches, id),
        archivedLaunches: takeLaunches(firework.archivedLaunches, id),
      });
      // Not claimable before all else is there; setting what is there keeps its place.
      if (firework.state === 'READY') document.set('state', 'WAITING');
      assertFits(document, `Firework ${firework.fwId} (${firework.name})`);
      documents.fireworks.push(document);
    }
    documents.workflows.push(workflowDocument(workflow, ids, now));
  }
  return documents;
}

/** A Workflow to be inserted, with an `_id`. */
export function workflowDocument(workflow: WorkflowToAdd, ids: IdMap, now: Timestamp): Map<string, unknown> {
  const states = new Map<FwId, State>(workflow.fireworks.map((one) => [newId(ids, one.fwId), one.state]));
  const links = new Map<FwId, FwId[]>([...states.keys()].map((id) => [id, []]));
  for (const [parent, children] of workflow.links) {
    links.set(
      newId(ids, parent),
      children.map((child) => newId(ids, child)),
    );
  }
  const document = newWorkflowDocument({
    name: workflow.name,
    metadata: workflow.metadata,
    state: stateOfNew(workflow),
    states,
    links,
    createdOn: workflow.createdOn ?? now,
    updatedOn: workflow.updatedOn ?? now,
  });
  const identified = new Map<string, unknown>([['_id', new ObjectId()], ...document]);
  assertFits(identified, `Workflow ${JSON.stringify(workflow.name)} with ${states.size} Fireworks`);
  return identified;
}

function stateOfNew({ fireworks, links }: WorkflowToAdd): State {
  const counts: Partial<Record<State, number>> = {};
  for (const { state } of fireworks) counts[state] = (counts[state] ?? 0) + 1;
  const childrenOf = (id: FwId) => links.get(id) ?? [];
  const allows = new Map(
    fireworks.map((one) => [one.fwId, isTruthy(one.spec.get('_allow_fizzled_parents'))]),
  );
  return workflowState({
    total: fireworks.length,
    states: counts,
    openLeaves: fireworks.filter((one) => one.state !== 'COMPLETED' && childrenOf(one.fwId).length === 0)
      .length,
    fizzledBlocks: () =>
      fireworks.some(({ fwId: id, state }) => {
        const children = childrenOf(id);
        return state === 'FIZZLED' && (children.length === 0 || children.some((child) => !allows.get(child)));
      }),
  });
}

function newId(ids: IdMap, old: FwId): FwId {
  const id = ids.get(old);
  if (id === undefined) throw new Error(`a link names Firework ${old}, which is not in the Workflow`);
  return id;
}

function readIdMaps(text: string): IdMap[] {
  const written: [number, number][][] = JSON.parse(text);
  return written.map((pairs) => new Map(pairs.map(([old, id]) => [fwId(old), fwId(id)])));
}
