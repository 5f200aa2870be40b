import type { ChangeBatch, PlacedChange, StateChanges } from '@skyrocket/contract/state-changes';
import { SkyrocketError } from '@skyrocket/model/errors';
import { fwId } from '@skyrocket/model/ids';
import { readTimestamp, type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import { type ChangeStream, type Document, MongoServerError } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { integerOf, stateOf } from './documents.ts';
import { explained } from './mongo-errors.ts';
import { type NamedFirework, NamesByDocument } from './names-by-document.ts';

/**
 * The states of Fireworks as a replica set tells them, whoever writes: single members (as we do), or whole documents (as
 * Python does, also when the state is the same). A position is the token of the change stream, whose texts have the order of
 * what happened. Specs are left out by the database; names, which single members come without, are remembered.
 */
export function changeStream(connection: MongoConnection): StateChanges {
  const names = new NamesByDocument(connection.fireworks);
  const { location } = connection.settings;
  return {
    now: () => explained(location, () => positionNow(connection)),
    follow: (after, until) => follow(connection, names, { after, until }),
  };
}

/** So many changes are read at once. */
const batchSize = 1000;

const statesOnly: Document[] = [
  {
    $match: {
      $or: [
        { operationType: { $in: ['insert', 'replace'] } },
        { operationType: 'update', 'updateDescription.updatedFields.state': { $exists: true } },
      ],
    },
  },
  {
    $project: {
      documentKey: 1,
      clusterTime: 1,
      updated: {
        state: '$updateDescription.updatedFields.state',
        on: '$updateDescription.updatedFields.updated_on',
      },
      whole: {
        fw_id: '$fullDocument.fw_id',
        name: '$fullDocument.name',
        state: '$fullDocument.state',
        on: '$fullDocument.updated_on',
      },
    },
  },
];

/** Only what cannot be undone by an election is told. */
const watched = ({ db }: MongoConnection) =>
  db.collection('fireworks', { readConcern: { level: 'majority' } });

/** A stream of which nothing comes tells at once how far it is. */
async function positionNow(connection: MongoConnection): Promise<string> {
  const stream = watched(connection).watch([{ $match: { operationType: 'none' } }], { maxAwaitTimeMS: 1 });
  try {
    for (;;) {
      await stream.tryNext();
      const position = positionOf(stream.resumeToken);
      if (position !== null) return position;
    }
  } finally {
    await stream.close();
  }
}

async function* follow(
  connection: MongoConnection,
  names: NamesByDocument,
  { after, until }: { after: string; until: AbortSignal },
): AsyncGenerator<ChangeBatch> {
  const { settings } = connection;
  const stream = watched(connection).watch(statesOnly, { resumeAfter: { _data: after }, batchSize });
  const close = () => void stream.close();
  until.addEventListener('abort', close, { once: true });
  try {
    while (!until.aborted) yield await explained(settings.location, () => nextBatch(stream, names));
  } catch (error) {
    // What it waits for when it is closed fails.
    if (!until.aborted) throw error;
  } finally {
    until.removeEventListener('abort', close);
    await stream.close();
  }
}

/** What the database gives in one answer: after a second of silence nothing. */
async function nextBatch(stream: ChangeStream, names: NamesByDocument): Promise<ChangeBatch> {
  try {
    const events: Document[] = [];
    const first = await stream.tryNext();
    if (first) events.push(first);
    while (first && stream.bufferedCount() > 0) events.push(await stream.next());
    const position = positionOf(stream.resumeToken);
    if (stream.closed || position === null) throw forgotten();
    return { changes: await changesOf(events, names), position };
  } catch (error) {
    throw error instanceof MongoServerError && forgottenCodes.has(Number(error.code))
      ? forgotten(error)
      : error;
  }
}

/** The oplog does not reach back so far; the token is none; the collection was dropped (also: renamed) meanwhile. */
const forgottenCodes: ReadonlySet<number> = new Set([286, 280, 260, 9, 15, 50811, 40649]);

const forgotten = (cause?: unknown) =>
  new SkyrocketError('NOT_FOUND', 'the database does not know any more what changed since then', { cause });

async function changesOf(events: Document[], names: NamesByDocument): Promise<PlacedChange[]> {
  const described = await names.describe(
    events.map(({ documentKey, whole }) => ({ id: documentKey._id, firework: named(whole) })),
  );
  return events.flatMap((event, index) => {
    const firework = described[index];
    const { state, on } = event.updated?.state === undefined ? (event.whole ?? {}) : event.updated;
    if (!firework) return [];
    const updatedOn = momentOf(on) ?? timestamp(event.clusterTime.getHighBits() * 1000);
    return [{ ...firework, state: stateOf(state), updatedOn, position: String(event._id._data) }];
  });
}

function named(whole: Document | undefined): NamedFirework | null {
  if (whole?.fw_id === undefined) return null;
  return { fwId: fwId(integerOf(whole.fw_id)), name: String(whole.name ?? '') };
}

function momentOf(value: unknown): Timestamp | null {
  if (value instanceof Date) return timestamp(value.getTime());
  return typeof value === 'string' ? readTimestamp(value) : null;
}

function positionOf(token: unknown): string | null {
  const data: unknown = typeof token === 'object' && token !== null ? Reflect.get(token, '_data') : null;
  return typeof data === 'string' ? data : null;
}
