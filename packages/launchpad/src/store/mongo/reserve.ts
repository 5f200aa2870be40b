import { type FwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { UserMap } from '@skyrocket/model/user-data';
import { type Document, ObjectId } from 'mongodb';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { type Place, placeOf } from './agent-place.ts';
import { fromBson } from './bson-user-data.ts';
import type { Candidate } from './claim-candidates.ts';
import { claimedLaunch, holds, nothing, withDupefinders } from './claimed-launch.ts';
import { type MongoConnection, passing } from './connection.ts';
import { dateOf, integerOf, launchDocument } from './documents.ts';
import { drawIds } from './draw-ids.ts';
import { findHomes } from './find-homes.ts';
import { forgetNotes } from './foreign-reset.ts';
import { duplicateKey, isServerError } from './mongo-errors.ts';
import { valueFor } from './planned-writes.ts';
import { findRaw } from './raw-documents.ts';
import { repeatedClaim } from './repeated-claim.ts';

/** What was found to be READY. */
interface Found {
  candidates: Candidate[];
  /** There are no more than these. */
  exhausted: boolean;
  /** Called when nobody else can claim them any more. */
  reserved?: (() => Promise<void>) | undefined;
}

/**
 * Reserves Fireworks that were READY, without a lock, in this order (the reasons stand in `mongo-store.ts`): Launch ids are
 * drawn; what this agent is about to hold is recorded; the Launches are inserted; and at last, each for itself and only where
 * they still are READY, the Fireworks become RESERVED and get their Launches.
 */
export async function reserve(
  connection: MongoConnection,
  request: StoreClaim,
  { candidates, exhausted, reserved }: Found,
): Promise<StoreClaimed> {
  const place = await placeOf(connection, request);
  const first = await drawIds(connection, 'next_launch_id', candidates.length);
  const now = connection.now();
  const launches = candidates.map((candidate, index) =>
    newLaunch({ id: launchId(first + index), candidate, request, place, now }),
  );
  if (!(await recordClaims(connection, request, { launches, exhausted }))) {
    return (await repeatedClaim(connection, request)) ?? nothing;
  }
  await connection.launches.insertMany(launches.map(launchDocument), { ordered: false, ...passing });
  if (request.agentId === null) await markReserved(connection, launches, now);
  const documents = await reserveFireworks(connection, candidates, { launches, now, reserved });
  return gather(connection, request, { launches, exhausted, documents });
}

/** @returns the documents of those that were still READY */
async function reserveFireworks(
  { fireworks }: MongoConnection,
  candidates: Candidate[],
  {
    launches,
    now,
    reserved,
  }: { launches: LaunchRecord[]; now: Timestamp; reserved?: (() => Promise<void>) | undefined },
): Promise<UserMap[]> {
  const drawn = new Map(launches.map((launch) => [launch.fwId, launch.launchId]));
  const held = { $concatArrays: ['$launches', [valueFor('fw_id', drawn)]] };
  const update = [{ $set: { state: 'RESERVED', updated_on: now, launches: held } }];
  const [only, ...others] = candidates;
  if (only && others.length === 0) {
    const options = { returnDocument: 'after', raw: true } as const;
    const bytes: unknown = await fireworks.findOneAndUpdate(
      { _id: only._id, state: 'READY' },
      update,
      options,
    );
    await reserved?.();
    return bytes instanceof Uint8Array ? [fromBson(bytes)] : [];
  }
  const _id = { $in: candidates.map((candidate) => candidate._id) };
  await fireworks.updateMany({ _id, state: 'READY' }, update);
  await reserved?.();
  return findRaw(fireworks, { launches: { $in: launches.map((launch) => launch.launchId) } });
}

function newLaunch(of: {
  id: LaunchId;
  candidate: Candidate;
  request: StoreClaim;
  place: Place;
  now: Timestamp;
}): LaunchRecord {
  return {
    launchId: of.id,
    fwId: of.candidate.fwId,
    state: 'RESERVED',
    fworker: of.request.fworker,
    ...of.place,
    trackers: of.candidate.trackers,
    action: null,
    history: [{ state: 'RESERVED', createdOn: of.now, updatedOn: of.now }],
  };
}

/** @returns false when this key has been used before */
async function recordClaims(
  connection: MongoConnection,
  { key, agentId, owner }: StoreClaim,
  { launches, exhausted }: { launches: LaunchRecord[]; exhausted: boolean },
): Promise<boolean> {
  const on = new Date();
  const records = launches.map(({ launchId: id }, index) => ({
    _id: Number(id),
    agent: agentId,
    live: true,
    token: null,
    on,
    ...(owner !== undefined && { owner }),
    ...(index === 0 && { key, count: launches.length, exhausted }),
  }));
  const insert = async () => {
    try {
      await connection.starts.insertMany(records, passing);
      return true;
    } catch (error) {
      if (isServerError(error, duplicateKey)) return false;
      throw error;
    }
  };
  const ids = launches.map((launch) => launch.launchId);
  return (await insert()) || ((await forgetNotes(connection, ids)) && (await insert()));
}

/**
 * The Workflows' copy of the states, for reservations: they last until a job starts. The copy of what an agent claims lags
 * until it is started, a moment later, in FireWorks as here; so does that of a Workflow that is locked.
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

/** Tells what was really claimed, and takes the Launches of the others away again. */
async function gather(
  connection: MongoConnection,
  { agentId }: StoreClaim,
  { launches, exhausted, documents }: { launches: LaunchRecord[]; exhausted: boolean; documents: UserMap[] },
): Promise<StoreClaimed> {
  const ids = launches.map((launch) => launch.launchId);
  const fireworks = new Map(documents.map((document) => [integerOf(document.get('fw_id')), document]));
  const won = launches.filter((launch) => holds(fireworks.get(launch.fwId), launch.launchId));
  const lost = ids.filter((id) => !won.some((launch) => launch.launchId === id));
  if (lost.length > 0) {
    connection.claimTurns.collided();
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
      const { fwId: maker, name, launches: active, archivedLaunches } = firework;
      const remembered = { fwId: maker, name, launches: active, archivedLaunches };
      connection.claims.rememberClaim({ agentId, launch, firework: remembered });
    }
  }
  return { claims: found, dupefinders: withDupefinders(found), exhausted: exhausted && lost.length === 0 };
}
