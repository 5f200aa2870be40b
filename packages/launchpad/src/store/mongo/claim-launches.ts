import type { ClaimedLaunch, ClaimOrder } from '@skyrocket/contract/launchpad';
import { SkyrocketError } from '@skyrocket/model/errors';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { FireworkRecord, LaunchRecord } from '@skyrocket/model/records';
import { declaredResources, fitsInto } from '@skyrocket/model/resources';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { UserMap } from '@skyrocket/model/user-data';
import { workerFilter } from '@skyrocket/model/worker-filter';
import { type Document, type Filter, ObjectId, type Sort } from 'mongodb';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { silentSeconds } from './agents.ts';
import { type MongoConnection, passing } from './connection.ts';
import { dateOf, fireworkFromDocument, fworkerDocument, integerOf, launchDocument } from './documents.ts';
import { drawIds } from './draw-ids.ts';
import { findHomes } from './find-homes.ts';
import { findLaunches } from './find-launches.ts';
import { duplicateKey, isServerError } from './mongo-errors.ts';
import { valueFor } from './planned-writes.ts';
import { findRaw, userFilter } from './raw-documents.ts';

const nothing: StoreClaimed = { claims: [], dupefinders: [], exhausted: true };

/** A Firework that was READY when it was looked at. */
interface Candidate {
  _id: ObjectId;
  fwId: FwId;
}

/**
 * Claims Fireworks without a lock, in this order (the reasons stand in `mongo-store.ts`): Launch ids are drawn; what this
 * agent is about to hold is recorded; the Launches are inserted; the Workflows' copy of the states; and at last, each for
 * itself and only where they still are READY, the Fireworks become RESERVED and get their Launches.
 */
export async function claimLaunches(connection: MongoConnection, request: StoreClaim): Promise<StoreClaimed> {
  if (request.fwId !== undefined) return claimOne(connection, request, request.fwId);
  return connection.claims.turns.take(['READY'], () => claimNext(connection, request));
}

async function claimNext(connection: MongoConnection, request: StoreClaim): Promise<StoreClaimed> {
  const { candidates, exhausted } = await findCandidates(connection, request);
  if (candidates.length === 0) return (await repeatedClaim(connection, request)) ?? nothing;
  return reserve(connection, request, { candidates, exhausted });
}

/** What a worker may claim, as a filter over READY Fireworks. */
export function claimFilter({
  fworker,
  withoutTasks,
  withoutFireworks = [],
}: Pick<StoreClaim, 'fworker' | 'withoutTasks' | 'withoutFireworks'>): Filter<Document> {
  return {
    state: 'READY',
    ...userFilter(workerFilter(fworker)),
    ...(withoutTasks.length > 0 && { 'spec._tasks._fw_name': { $nin: withoutTasks } }),
    ...(withoutFireworks.length > 0 && { fw_id: { $nin: withoutFireworks } }),
  };
}

/** Among equals the oldest comes first: an index gives that order, and ids are drawn in it. */
const sorts: Readonly<Record<ClaimOrder, Sort>> = {
  any: { 'spec._priority': -1, created_on: 1 },
  FIFO: { 'spec._priority': -1, created_on: 1 },
  FILO: { 'spec._priority': -1, created_on: -1 },
};

async function findCandidates(
  connection: MongoConnection,
  request: StoreClaim,
): Promise<{ candidates: Candidate[]; exhausted: boolean }> {
  const { count, resources } = request;
  const found: Document[] = [];
  const projection = { fw_id: 1, created_on: 1, priority: '$spec._priority', ...(resources && declarations) };
  const cursor = connection.fireworks.find(claimFilter(request), { projection }).sort(sorts[request.order]);
  // Those that do not fit are passed over here, since what they declare may be written in many ways.
  for await (const document of resources ? cursor : cursor.limit(count + 1)) {
    if (resources && !fitsInto(declaredResources(declarationsOf(document), resources.dialect), resources))
      continue;
    found.push(document);
    if (found.length > count) break;
  }
  const exhausted = found.length <= count;
  return { candidates: inOrder(found, request.order).slice(0, count), exhausted };
}

/** What says how much a Firework needs. */
const declarations = { 'spec._resources': 1, 'spec._queueadapter': 1 };

function declarationsOf({ spec }: Document): UserMap {
  const declared: UserMap = new Map();
  for (const key of ['_resources', '_queueadapter'] as const) {
    const members: unknown = spec?.[key];
    if (typeof members !== 'object' || members === null) continue;
    const plain = Object.entries(members).filter(isPlainMember);
    declared.set(key, new Map(plain));
  }
  return declared;
}

const isPlainMember = (member: [string, unknown]): member is [string, string | number] =>
  typeof member[1] === 'string' || typeof member[1] === 'number';

/** The index leaves the order of those that agree in priority and age to chance. */
function inOrder(found: Document[], order: ClaimOrder): Candidate[] {
  const groups: Document[][] = [];
  let last: string | null = null;
  for (const document of found) {
    const group = JSON.stringify([document.priority ?? null, document.created_on]);
    if (group !== last) groups.push([]);
    groups.at(-1)?.push(document);
    last = group;
  }
  const direction = order === 'FILO' ? -1 : 1;
  return groups.flatMap((group) =>
    group
      .map((document) => ({ _id: document._id, fwId: fwId(integerOf(document.fw_id)) }))
      .sort((a, b) => direction * (a.fwId - b.fwId)),
  );
}

async function reserve(
  connection: MongoConnection,
  request: StoreClaim,
  { candidates, exhausted }: { candidates: Candidate[]; exhausted: boolean },
): Promise<StoreClaimed> {
  const place = await placeOf(connection, request);
  const first = await drawIds(connection, 'next_launch_id', candidates.length);
  const now = connection.now();
  const launches = candidates.map((candidate, index) =>
    newLaunch({ id: launchId(first + index), fwId: candidate.fwId, request, place, now }),
  );
  if (!(await recordClaims(connection, request, { launches, exhausted }))) {
    return (await repeatedClaim(connection, request)) ?? nothing;
  }
  await connection.launches.insertMany(launches.map(launchDocument), { ordered: false, ...passing });
  await markReserved(connection, launches, now);
  const drawn = new Map(launches.map((launch) => [launch.fwId, launch.launchId]));
  const held = { $concatArrays: ['$launches', [valueFor('fw_id', drawn)]] };
  await connection.fireworks.updateMany(
    { _id: { $in: candidates.map((candidate) => candidate._id) }, state: 'READY' },
    [{ $set: { state: 'RESERVED', updated_on: now, launches: held } }],
  );
  return gather(connection, request, { launches, exhausted });
}

function newLaunch(of: {
  id: LaunchId;
  fwId: FwId;
  request: StoreClaim;
  place: Place;
  now: Timestamp;
}): LaunchRecord {
  return {
    launchId: of.id,
    fwId: of.fwId,
    state: 'RESERVED',
    fworker: of.request.fworker,
    ...of.place,
    trackers: [],
    action: null,
    history: [{ state: 'RESERVED', createdOn: of.now, updatedOn: of.now }],
  };
}

type Place = Pick<LaunchRecord, 'host' | 'ip' | 'launchDir'>;

/** Where the agent is; it chooses the directory when it starts. Without an agent: where the job is submitted from. */
async function placeOf(
  { agents, claims }: MongoConnection,
  { agentId, submittedFrom }: StoreClaim,
): Promise<Place> {
  if (submittedFrom) return submittedFrom;
  const known = agentId === null ? null : claims.placeOf(agentId);
  if (known) return { ...known, launchDir: '' };
  const agent = await agents.findOne({ _id: agentId ?? '' }, { projection: { host: 1, ip: 1 } });
  if (agent) return { host: String(agent.host), ip: String(agent.ip), launchDir: '' };
  throw new SkyrocketError(
    'NOT_ALLOWED',
    `agent ${agentId} is not registered with this launchpad (any more), so it cannot claim; it has to register again`,
  );
}

/** @returns false when this key has been used before */
async function recordClaims(
  connection: MongoConnection,
  { key, agentId }: StoreClaim,
  { launches, exhausted }: { launches: LaunchRecord[]; exhausted: boolean },
): Promise<boolean> {
  const on = new Date();
  const records = launches.map(({ launchId: id }, index) => ({
    _id: Number(id),
    agent: agentId,
    live: true,
    token: null,
    on,
    ...(index === 0 && { key, count: launches.length, exhausted }),
  }));
  try {
    await connection.starts.insertMany(records, passing);
    return true;
  } catch (error) {
    if (isServerError(error, duplicateKey)) return false;
    throw error;
  }
}

/**
 * The Workflows' copy of the states. Where one is locked, or says otherwise meanwhile, it stays as it is: the copy of a
 * claimed Firework may lag, in FireWorks as here.
 */
async function markReserved(
  connection: MongoConnection,
  launches: LaunchRecord[],
  now: Timestamp,
): Promise<void> {
  const homes = await findHomes(
    connection,
    launches.map((launch) => launch.fwId),
  );
  if (homes.size === 0) return;
  const together = new Map<string, FwId[]>();
  for (const [id, home] of homes) together.set(home, [...(together.get(home) ?? []), id]);
  const groups = [...together];
  // A write costs as much as the document is large: those of one Workflow are one. Where another was faster with one of
  // them, each is tried for itself.
  if ((await markGroups(connection, groups, now)) >= groups.length || homes.size === groups.length) return;
  await markGroups(
    connection,
    groups.flatMap(([home, ids]) => ids.map((id): [string, FwId[]] => [home, [id]])),
    now,
  );
}

/** @returns how many groups were READY as a whole and are RESERVED now */
async function markGroups(
  { workflows }: MongoConnection,
  groups: [string, FwId[]][],
  now: Timestamp,
): Promise<number> {
  const updated_on = dateOf(now);
  const operations = (states: Document, state: Document) =>
    groups.map(([home, ids]) => {
      const paths = ids.map((id) => `fw_states.${id}`);
      const ready = Object.fromEntries(paths.map((path) => [path, 'READY']));
      const reserved = Object.fromEntries(paths.map((path) => [path, 'RESERVED']));
      const filter = { _id: new ObjectId(home), locked: { $exists: false }, ...ready, ...states };
      return { updateOne: { filter, update: { $set: { ...reserved, updated_on, ...state } } } };
    });
  const fresh = operations({ state: 'READY' }, { state: 'RESERVED' });
  // Those that do not match at first are of Workflows under way, whose state stays.
  const others = operations({}, {});
  const options = { ordered: true, ...passing };
  if (groups.length <= fewWorkflows) {
    return (await workflows.bulkWrite([...fresh, ...others], options)).matchedCount;
  }
  const { matchedCount } = await workflows.bulkWrite(fresh, options);
  if (matchedCount === groups.length) return matchedCount;
  return matchedCount + (await workflows.bulkWrite(others, options)).matchedCount;
}

/** Up to here one command with twice the operations costs less than a second command. */
const fewWorkflows = 10;

/** Reads what was really claimed, and takes the Launches of the others away again. */
async function gather(
  connection: MongoConnection,
  { agentId }: StoreClaim,
  { launches, exhausted }: { launches: LaunchRecord[]; exhausted: boolean },
): Promise<StoreClaimed> {
  const ids = launches.map((launch) => launch.launchId);
  const documents = await findRaw(connection.fireworks, { launches: { $in: ids } });
  const fireworks = new Map(documents.map((document) => [integerOf(document.get('fw_id')), document]));
  const won = launches.filter((launch) => holds(fireworks.get(launch.fwId), launch.launchId));
  const lost = ids.filter((id) => !won.some((launch) => launch.launchId === id));
  if (lost.length > 0) {
    await connection.launches.deleteMany({ launch_id: { $in: lost }, state: 'RESERVED' }, passing);
    await connection.starts.updateMany({ _id: { $in: lost } }, { $unset: { live: '' } }, passing);
  }
  const claims = await Promise.all(
    won.map((launch) => claimedLaunch(connection, launch, fireworks.get(launch.fwId))),
  );
  const found = claims.flatMap((claim) => claim ?? []);
  for (const { launchId: id, firework, launches: held } of found) {
    connection.homes.rememberMaker(id, firework.fwId);
    const launch = held.at(-1);
    // A Launch that duplicates may share concerns other Fireworks too.
    if (agentId !== null && launch && !firework.spec.has('_dupefinder')) {
      connection.claims.rememberClaim(agentId, launch);
    }
  }
  return { claims: found, dupefinders: withDupefinders(found), exhausted: exhausted && lost.length === 0 };
}

function holds(document: UserMap | undefined, id: LaunchId): boolean {
  const launches = document?.get('launches');
  return Array.isArray(launches) && launches.includes(id);
}

async function claimedLaunch(
  connection: MongoConnection,
  launch: LaunchRecord,
  document: UserMap | undefined,
): Promise<ClaimedLaunch | null> {
  if (!document) return null;
  const firework: FireworkRecord = fireworkFromDocument(document);
  const others = firework.launches.filter((id) => id !== launch.launchId);
  const earlier = await findLaunches(connection, others);
  return { launchId: launch.launchId, firework, launches: [...earlier, launch] };
}

function withDupefinders(claims: ClaimedLaunch[]): FwId[] {
  return claims
    .filter(({ firework }) => firework.spec.has('_dupefinder'))
    .map(({ firework }) => firework.fwId);
}

/** Claims one Firework by its id; one that is READY as any other, one that is RESERVED with its Launch. */
async function claimOne(connection: MongoConnection, request: StoreClaim, id: FwId): Promise<StoreClaimed> {
  const repeated = await repeatedClaim(connection, request);
  if (repeated) return repeated;
  const [document] = await findRaw(connection.fireworks, { fw_id: id });
  if (!document) {
    throw new SkyrocketError(
      'NOT_FOUND',
      `there is no Firework ${id} in the launchpad ${connection.settings.location}`,
    );
  }
  const firework = fireworkFromDocument(document);
  if (firework.state === 'RESERVED' && request.agentId !== null)
    return takeReserved(connection, request, firework);
  if (firework.state !== 'READY') return nothing;
  const candidate = { _id: new ObjectId(String(document.get('_id'))), fwId: id };
  return reserve(connection, request, { candidates: [candidate], exhausted: true });
}

/** The first RESERVED Launch of a RESERVED Firework goes to this agent. */
async function takeReserved(
  connection: MongoConnection,
  request: StoreClaim,
  firework: FireworkRecord,
): Promise<StoreClaimed> {
  const { host, ip } = await placeOf(connection, request);
  const launches = await findLaunches(connection, firework.launches);
  const reserved = launches.find((launch) => launch.state === 'RESERVED');
  if (!reserved) return nothing;
  connection.claims.forgetClaim(reserved.launchId);
  if (!(await takeFrom(connection, request, reserved.launchId))) return nothing;
  await connection.launches.updateOne(
    { launch_id: reserved.launchId, state: 'RESERVED' },
    { $set: { fworker: fworkerDocument(request.fworker) } },
  );
  const taken = { ...reserved, fworker: request.fworker, host, ip };
  const others = launches.filter((launch) => launch !== reserved);
  const claim = { launchId: reserved.launchId, firework, launches: [...others, taken] };
  return { claims: [claim], dupefinders: withDupefinders([claim]), exhausted: true };
}

/** Makes an agent the one that may start a Launch, unless another holds it that was heard of within its lease. */
async function takeFrom(
  connection: MongoConnection,
  { agentId, leaseSeconds }: StoreClaim,
  id: LaunchId,
): Promise<boolean> {
  const held = await connection.starts.findOne({ _id: Number(id) });
  const holder: unknown = held?.agent;
  if (typeof holder === 'string' && holder !== agentId) {
    const silent = await silentSeconds(connection, holder);
    if (silent !== null && silent < leaseSeconds) return false;
  }
  const still = held ? { _id: Number(id), agent: holder, token: null } : { _id: Number(id), agent: agentId };
  try {
    const taken = await connection.starts.updateOne(
      still,
      { $set: { agent: agentId, live: true, token: null, on: new Date() } },
      { upsert: held === null, ...passing },
    );
    return taken.matchedCount + taken.upsertedCount === 1;
  } catch (error) {
    if (isServerError(error, duplicateKey)) return false;
    throw error;
  }
}

/** The claims of an earlier call with this key, as far as they still are this agent's to start. */
async function repeatedClaim(
  connection: MongoConnection,
  { key, agentId }: StoreClaim,
): Promise<StoreClaimed | null> {
  const first = await connection.starts.findOne({ key });
  if (!first) return null;
  const range = { $gte: first._id, $lt: first._id + integerOf(first.count) };
  const own = await connection.starts.find({ _id: range, agent: agentId }).sort({ _id: 1 }).toArray();
  const launches = await findLaunches(
    connection,
    own.map((start) => launchId(start._id)),
  );
  const reserved = launches.filter((launch) => launch.state === 'RESERVED');
  const ids = reserved.map((launch) => launch.launchId);
  const documents = await findRaw(connection.fireworks, { launches: { $in: ids }, state: 'RESERVED' });
  const claims = await Promise.all(
    reserved.map((launch) =>
      claimedLaunch(
        connection,
        launch,
        documents.find((document) => holds(document, launch.launchId)),
      ),
    ),
  );
  const found = claims.flatMap((claim) => claim ?? []);
  return { claims: found, dupefinders: withDupefinders(found), exhausted: first.exhausted === true };
}
