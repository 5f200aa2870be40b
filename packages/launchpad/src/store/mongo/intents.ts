import { type FwId, fwId, launchId } from '@skyrocket/model/ids';
import type { LaunchState, State } from '@skyrocket/model/states';
import { BSON, type Document, type ObjectId } from 'mongodb';
import { sameBson } from './bson-user-data.ts';
import { type MongoConnection, passing } from './connection.ts';
import { integerOf, stateOf } from './documents.ts';
import type { LaunchWrite } from './launch-writes.ts';
import { firstOwner, type LockToken } from './locks.ts';
import type { FireworkWrite, Plan, SpecWrite, WorkflowWrite } from './planned-writes.ts';

/**
 * A change that is about to be written, or is being written, as a document of our own whose `_id` is the lock under which
 * it is: whoever takes that lock over after its owner died, or after that one's rescuer did, reads here what to do.
 *
 * - `trying`: Fireworks that anybody may claim or start without the lock are being won (`contest`). Who finds it puts
 *   back what was won: nothing else was written, and the caller was told nothing.
 * - `decided`: nothing can stop it any more. Who finds it writes all of it; every write may be repeated.
 */
export interface Intent {
  phase: 'trying' | 'decided';
  /** The Workflows that were locked. */
  workflows: ObjectId[];
  plan: Plan;
  launches: LaunchWrite[];
  contest: ContestedFirework[];
  answer: RememberedAnswer | null;
}

/** A Firework that is READY or RESERVED, so that a claim or a start may come between reading and writing it. */
export interface ContestedFirework {
  fwId: FwId;
  from: State;
  to: State;
  /** `launches` before. */
  launches: number[];
  set: Map<string, unknown>;
  /** What is put back when another Firework of the contest was lost. */
  undo: Map<string, unknown>;
}

export interface RememberedAnswer {
  key: string;
  text: string;
  on: Date;
}

/** One document holds so many bytes of writes; more are spread over several. */
const partBytes = 6 * 1024 * 1024;

/** Stores an intent; its first document, without which the others count for nothing, comes last. */
export async function storeIntent(
  connection: MongoConnection,
  token: LockToken,
  intent: Intent,
): Promise<void> {
  const parts = partsOf(intent);
  const [first = [], ...others] = parts;
  for (const [index, writes] of others.entries()) {
    await connection.intents.insertOne(
      { _id: partId(token, index + 1), part: true, on: new Date(), writes },
      passing,
    );
  }
  const { phase, workflows, answer } = intent;
  const head = { _id: token, phase, workflows, answer, parts: parts.length, on: new Date(), writes: first };
  await connection.intents.insertOne(head, passing);
}

export async function decideIntent(connection: MongoConnection, token: LockToken): Promise<void> {
  await connection.intents.updateOne({ _id: token }, { $set: { phase: 'decided' } }, passing);
}

export async function removeIntent(connection: MongoConnection, token: LockToken): Promise<void> {
  await connection.intents.deleteMany({ _id: idsUnder(token) }, passing);
}

/** The ids of what was written down by the first owner of a lock, and by those who took it over (`<owner>.<random>`). */
export function idsUnder(token: LockToken): { $gte: string; $lt: string } {
  const owner = `skyrocket:${firstOwner(token)}`;
  return { $gte: `${owner}.`, $lt: `${owner};` };
}

/** The intent under a lock; null when there is none. */
export async function readIntent(connection: MongoConnection, token: LockToken): Promise<Intent | null> {
  const documents: Map<string, unknown>[] = [];
  for await (const bytes of connection.intents
    .find({ _id: idsUnder(token) }, { raw: true })
    .sort({ _id: 1 })) {
    if (bytes instanceof Uint8Array) documents.push(sameBson(bytes));
  }
  const head = documents.find((document) => !document.has('part'));
  if (!head || head.get('phase') === 'deleting') return null;
  const intent: Intent = {
    phase: head.get('phase') === 'decided' ? 'decided' : 'trying',
    workflows: listOf(head.get('workflows')).filter((id) => id instanceof BSON.ObjectId),
    plan: { fireworks: [], added: [], claimable: [], workflows: [] },
    launches: [],
    contest: [],
    answer: readAnswer(head.get('answer')),
  };
  for (const document of documents)
    for (const write of listOf(document.get('writes'))) readWrite(intent, mapOf(write));
  return intent;
}

const partId = (token: LockToken, index: number) => `${token}#${String(index).padStart(6, '0')}`;

type TaggedWrite = Map<string, unknown>;

function partsOf(intent: Intent): TaggedWrite[][] {
  const parts: TaggedWrite[][] = [[]];
  let size = 0;
  for (const write of taggedWrites(intent)) {
    const bytes = BSON.serialize(write as Document).length;
    if (size > 0 && size + bytes > partBytes) {
      parts.push([]);
      size = 0;
    }
    size += bytes;
    parts.at(-1)?.push(write);
  }
  return parts;
}

function* taggedWrites({ plan, launches, contest }: Intent): Generator<TaggedWrite> {
  const tagged = (kind: string, members: object): TaggedWrite =>
    new Map<string, unknown>([['kind', kind], ...Object.entries(members)]);
  for (const write of contest) yield tagged('contest', write);
  for (const document of plan.added) yield tagged('added', { document });
  for (const { spec, ...write } of plan.fireworks) {
    yield tagged('firework', spec ? { ...write, specSet: spec.set, specUnset: spec.unset } : write);
  }
  for (const write of launches) yield tagged('launch', write);
  for (const { id, set, add } of plan.workflows) {
    // Paths with dots are values here, so that no reading of this document takes them for members.
    yield tagged('workflow', { id, set: [...set], add: [...add] });
  }
  if (plan.claimable.length > 0) yield tagged('claimable', { ids: plan.claimable });
}

function readWrite(intent: Intent, write: Map<string, unknown>): void {
  switch (write.get('kind')) {
    case 'contest':
      intent.contest.push(readContest(write));
      break;
    case 'added':
      intent.plan.added.push(mapOf(write.get('document')));
      break;
    case 'firework':
      intent.plan.fireworks.push(readFireworkWrite(write));
      break;
    case 'launch':
      intent.launches.push(readLaunchWrite(write));
      break;
    case 'workflow':
      intent.plan.workflows.push(readWorkflowWrite(write));
      break;
    case 'claimable':
      intent.plan.claimable.push(...listOf(write.get('ids')).map((id) => fwId(integerOf(id))));
  }
}

function readContest(write: Map<string, unknown>): ContestedFirework {
  return {
    fwId: fwId(integerOf(write.get('fwId'))),
    from: stateOf(write.get('from')),
    to: stateOf(write.get('to')),
    launches: listOf(write.get('launches')).map(integerOf),
    set: mapOf(write.get('set')),
    undo: mapOf(write.get('undo')),
  };
}

function readFireworkWrite(write: Map<string, unknown>): FireworkWrite {
  const spec: SpecWrite | null = write.has('specSet')
    ? { set: mapOf(write.get('specSet')), unset: listOf(write.get('specUnset')).map(String) }
    : null;
  return {
    fwId: fwId(integerOf(write.get('fwId'))),
    from: stateOf(write.get('from')),
    to: stateOf(write.get('to')),
    set: mapOf(write.get('set')),
    spec,
  };
}

function readLaunchWrite(write: Map<string, unknown>): LaunchWrite {
  return {
    launchId: launchId(integerOf(write.get('launchId'))),
    from: readLaunchState(write.get('from')),
    set: mapOf(write.get('set')),
  };
}

function readLaunchState(value: unknown): LaunchState {
  const state = stateOf(value);
  return state === 'READY' || state === 'RESERVED' || state === 'COMPLETED' || state === 'FIZZLED'
    ? state
    : 'RUNNING';
}

function readWorkflowWrite(write: Map<string, unknown>): WorkflowWrite {
  const pairs = (value: unknown) =>
    listOf(value).flatMap((pair): [string, unknown][] => {
      const [path, values] = listOf(pair);
      return typeof path === 'string' ? [[path, values]] : [];
    });
  const id = write.get('id');
  if (!(id instanceof BSON.ObjectId))
    throw new Error('an intent names a Workflow by something else than its _id');
  return {
    id,
    set: new Map(pairs(write.get('set'))),
    add: new Map(pairs(write.get('add')).map(([path, values]) => [path, listOf(values)])),
  };
}

function readAnswer(value: unknown): RememberedAnswer | null {
  if (!(value instanceof Map)) return null;
  const on: unknown = value.get('on');
  return {
    key: String(value.get('key')),
    text: String(value.get('text')),
    on: on instanceof Date ? on : new Date(),
  };
}

function mapOf(value: unknown): Map<string, unknown> {
  return value instanceof Map ? value : new Map();
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
