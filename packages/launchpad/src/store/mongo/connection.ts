import { randomUUID } from 'node:crypto';
import type { LaunchPadIdentity } from '@skyrocket/contract/identity';
import { skyrocketVersion } from '@skyrocket/contract/version';
import { SkyrocketError } from '@skyrocket/model/errors';
import { type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import {
  type Collection,
  type Db,
  type Document,
  MongoClient,
  type MongoClientOptions,
  type ObjectId,
  ReadConcern,
  type WriteConcernSettings,
} from 'mongodb';
import { ClaimMemory } from './claim-memory.ts';
import { ClaimTurns } from './claim-turns.ts';
import { Homes } from './homes.ts';
import { ensureIndexesOnce, type UserIndexes } from './indexes.ts';
import { LeftLocks } from './left-locks.ts';
import { explained, misconfigured } from './mongo-errors.ts';
import { OwnClaims } from './own-claims.ts';
import { inLife, livesOf, type ServerLife } from './server-lives.ts';
import { SpareLaunchIds } from './spare-launch-ids.ts';
import { Witnesses } from './witnesses.ts';

export { passing } from './passing.ts';

/** How to reach a FireWorks database: what my_launchpad.yaml says, in the driver's words. */
export interface MongoSettings {
  uri: string;
  database: string;
  options: MongoClientOptions;
  /** For people: the URI without user name and password. */
  location: string;
  userIndexes: UserIndexes;
  /** After how many seconds without a change to the Workflow a lock that is not ours is broken (WFLOCK_EXPIRATION_SECS). */
  lockExpirationSeconds: number;
  /** How long a lock of ours lasts: a batch takes some milliseconds, the largest change a few seconds. */
  lockSeconds: number;
  /** The GridFS bucket of large actions (GRIDFS_FALLBACK_COLLECTION); null: large actions are refused. */
  actionBucket: string | null;
}

/** All of them acknowledge writes only when they are durable; but see {@link passing}. */
interface Collections {
  fireworks: Collection;
  workflows: Collection;
  launches: Collection;
  idAssigner: Collection<IdAssigner>;
  offlineRuns: Collection;
  /** Ours: who the launchpad is, and who does upkeep. */
  meta: Collection<OwnDocument>;
  /** Ours: agents and their leases. */
  agents: Collection<OwnDocument>;
  /** Ours: by Launch, the agent that claimed it and the token of its start. */
  starts: Collection<OwnDocument<number>>;
  /** Ours: what calls were answered, by their keys. */
  answers: Collection<OwnDocument>;
  /** Ours: changes that are being written, so that they can be finished after a crash. */
  intents: Collection<OwnDocument>;
  /** Ours: which workers could not import a task of a Firework. */
  importFailures: Collection<OwnDocument>;
  /** Ours: locks of other programs that were met, and how the Workflow looked then. */
  foreignLocks: Collection<OwnDocument<ObjectId>>;
  /** Ours: chains of jobs, as `queue` knows them. */
  chains: Collection<OwnDocument>;
  /** Ours: tokens of the HTTP API. */
  tokens: Collection<OwnDocument>;
  /** Ours: Workflows that came from other launchpads. */
  imports: Collection<OwnDocument>;
}

/** An open database. */
export interface MongoConnection extends Collections {
  settings: MongoSettings;
  client: MongoClient;
  db: Db;
  identity: LaunchPadIdentity;
  /** Whether it is a replica set, or a sharded cluster of them. */
  isReplicated: boolean;
  /** The life in which the server is. */
  life(): ServerLife;
  homes: Homes;
  claims: ClaimMemory;
  claimTurns: ClaimTurns;
  spareIds: SpareLaunchIds;
  ownClaims: OwnClaims;
  witnesses: Witnesses;
  leftLocks: LeftLocks;
  /** The database's clock. */
  now(): Timestamp;
  /** Asks the database for its clock again. */
  setClock(): Promise<void>;
}

/** A document of a collection of our own. */
export interface OwnDocument<Id = string> extends Document {
  _id: Id;
}

/** The one document of `fw_id_assigner`: the next ids to be given (format §2.4). */
export interface IdAssigner {
  _id: number;
  next_fw_id: number;
  next_launch_id: number;
}

/** Opens the database, makes what is missing (ids, indexes, our own records). @throws STORE_UNAVAILABLE, BAD_CONFIGURATION */
export async function connect(settings: MongoSettings): Promise<MongoConnection> {
  return explained(settings.location, async () => {
    const client = newClient(settings);
    const life = livesOf(client);
    try {
      await client.connect();
      return await openDatabase(settings, { client, life });
    } catch (error) {
      await client.close();
      throw error;
    }
  });
}

function newClient({ uri, options, location }: MongoSettings): MongoClient {
  try {
    return new MongoClient(uri, {
      serverSelectionTimeoutMS: 5_000,
      ...options,
      // It would be tried again in another life of the server (server-lives.ts).
      retryWrites: false,
      ignoreUndefined: true,
      promoteLongs: true,
      useBigInt64: false,
    });
  } catch (error) {
    throw misconfigured(location, error);
  }
}

async function openDatabase(
  settings: MongoSettings,
  { client, life }: Pick<MongoConnection, 'client' | 'life'>,
): Promise<MongoConnection> {
  const admin = client.db('admin');
  const hello = await admin.command({ hello: 1 });
  const writeConcern: WriteConcernSettings =
    hello.setName === undefined ? { w: 1, journal: true } : { w: 'majority' };
  const db = client.db(settings.database, {
    writeConcern,
    readPreference: 'primary',
    readConcern: new ReadConcern('local'),
  });
  const clock = { offset: 0 };
  const setClock = async () => {
    const asked = Date.now();
    const answer = await admin.command({ hello: 1 });
    const serverTime: unknown = answer.localTime;
    if (serverTime instanceof Date) clock.offset = serverTime.getTime() - (asked + Date.now()) / 2;
  };
  await setClock();
  const identity = await identify(db, settings.location);
  await ensureIdAssigner(db, settings);
  await ensureIndexesOnce(db, settings);
  return {
    settings,
    client,
    life,
    db,
    identity,
    isReplicated: hello.setName !== undefined || hello.msg === 'isdbgrid',
    ...collectionsOf((name) => db.collection(name)),
    homes: new Homes(),
    claims: new ClaimMemory(),
    claimTurns: new ClaimTurns(),
    spareIds: new SpareLaunchIds(),
    ownClaims: new OwnClaims(),
    witnesses: new Witnesses(),
    leftLocks: new LeftLocks(),
    now: () => timestamp(Date.now() + clock.offset),
    setClock,
  };
}

function collectionsOf(
  open: <Schema extends Document = Document>(name: string) => Collection<Schema>,
): Collections {
  return {
    fireworks: open('fireworks'),
    workflows: open('workflows'),
    launches: open('launches'),
    idAssigner: open('fw_id_assigner'),
    offlineRuns: open('offline_runs'),
    meta: open('skyrocket_meta'),
    agents: open('skyrocket_agents'),
    starts: open('skyrocket_starts'),
    answers: open('skyrocket_answers'),
    intents: open('skyrocket_intents'),
    importFailures: open('skyrocket_import_failures'),
    foreignLocks: open('skyrocket_foreign_locks'),
    chains: open('skyrocket_chains'),
    tokens: open('skyrocket_tokens'),
    imports: open('skyrocket_imports'),
  };
}

/** The same as long as the server's present life lasts: after that nothing can be done with it. */
export function connectionOfLife(connection: MongoConnection, life: ServerLife): MongoConnection {
  return { ...connection, ...collectionsOf((name) => inLife(connection.db.collection(name), life)) };
}

/** Who the launchpad is; the first to ask names it. */
export async function identify(db: Db, location: string): Promise<LaunchPadIdentity> {
  const meta = db.collection<OwnDocument>('skyrocket_meta');
  const launchpad =
    (await meta.findOne({ _id: 'launchpad' })) ??
    (await meta.findOneAndUpdate(
      { _id: 'launchpad' },
      { $setOnInsert: { uuid: randomUUID() } },
      { upsert: true, returnDocument: 'after' },
    ));
  const uuid: unknown = launchpad?.uuid;
  if (typeof uuid !== 'string') {
    throw new SkyrocketError(
      'STORE_UNAVAILABLE',
      `the launchpad record in MongoDB at ${location} has no uuid: run lpad check`,
    );
  }
  return { uuid, kind: 'mongodb', location, version: skyrocketVersion };
}

/** FireWorks itself asks for a reset when the counters are missing; an empty database may as well get them. */
async function ensureIdAssigner(db: Db, settings: MongoSettings): Promise<void> {
  const assigner = db.collection<IdAssigner>('fw_id_assigner');
  if ((await assigner.findOne({}, { projection: { _id: 1 } })) !== null) return;
  if ((await db.collection('fireworks').findOne({}, { projection: { _id: 1 } })) !== null) {
    throw new SkyrocketError(
      'STORE_UNAVAILABLE',
      `the database at ${settings.location} holds Fireworks but no fw_id_assigner, so new ids cannot be drawn: restore that collection`,
    );
  }
  await assigner.updateOne(
    { _id: -1 },
    { $setOnInsert: { next_fw_id: 1, next_launch_id: 1 } },
    { upsert: true },
  );
}
