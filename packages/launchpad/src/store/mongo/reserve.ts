import type { AgentId } from '@skyrocket/contract/agents';
import type { ClaimedLaunch } from '@skyrocket/contract/running';
import { type LaunchId, launchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { UserMap } from '@skyrocket/model/user-data';
import { ObjectId } from 'mongodb';
import { withDupefinders } from '../claimed.ts';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { type Place, placeOf } from './agent-place.ts';
import { fromBson } from './bson-user-data.ts';
import type { Candidate } from './claim-candidates.ts';
import { claimedLaunch, holds } from './claimed-launch.ts';
import { type MongoConnection, passing } from './connection.ts';
import { integerOf, launchDocument } from './documents.ts';
import { forgetNotes } from './foreign-reset.ts';
import { markReserved } from './mark-reserved.ts';
import { duplicateKey, isServerError } from './mongo-errors.ts';
import { valueFor } from './planned-writes.ts';
import { findRaw } from './raw-documents.ts';
import { type DrawnIds, drawLaunchIds, dropUnused } from './spare-launch-ids.ts';

/** What was found to be READY for one caller. */
export interface Share {
  request: StoreClaim;
  candidates: Candidate[];
}

/** A share with the Launches that it is about to have. */
interface Drawn extends Share {
  launches: LaunchRecord[];
}

interface Drawing {
  drawn: readonly Drawn[];
  ids: DrawnIds;
}

/**
 * Reserves Fireworks that were READY, without a lock, in this order (the reasons stand in `mongo-store.ts`): Launch ids are
 * drawn; what each agent is about to hold is recorded; the Launches are inserted; and at last, each for itself and only where
 * they still are READY, the Fireworks become RESERVED and get their Launches.
 * @param exhausted there are no more than what is shared
 * @returns what each call got; a call whose key was used before is left out
 */
export async function reserve(
  connection: MongoConnection,
  shares: readonly Share[],
  exhausted: boolean,
): Promise<Map<StoreClaim, StoreClaimed>> {
  if (shares.length === 0) return new Map();
  if (shares.some(({ request }) => connection.ownClaims.madeWith(request.key))) return madeBefore(shares);
  try {
    return await reserveNow(connection, shares, exhausted);
  } catch (error) {
    // A database that was killed meanwhile may have forgotten what was drawn.
    connection.spareIds.forget();
    throw error;
  }
}

async function reserveNow(
  connection: MongoConnection,
  shares: readonly Share[],
  exhausted: boolean,
): Promise<Map<StoreClaim, StoreClaimed>> {
  const now = connection.now();
  const drawing = await drawLaunches(connection, shares, now);
  const { drawn } = drawing;
  const launches = drawn.flatMap((share) => share.launches);
  if (!(await recordClaims(connection, drawing, exhausted))) {
    await forgetNotes(connection, idsOf(launches));
    return madeBefore(shares);
  }
  const witness = new ObjectId();
  const stored = launches.map(launchDocument);
  stored[0]?.set('_id', witness);
  await connection.launches.insertMany(stored, { ordered: false, ...passing });
  const ownerless = drawn.filter(({ request }) => request.agentId === null);
  for (const share of ownerless) await markReserved(connection, share.launches, now);
  const candidates = drawn.flatMap((share) => share.candidates);
  const documents = await reserveFireworks(connection, candidates, { launches, now });
  connection.spareIds.acknowledged(witness);
  return gather(connection, drawn, { exhausted, documents });
}

/** A call that is alone is told what it got before; those that came together are to be asked each for itself. */
function madeBefore(shares: readonly Share[]): Map<StoreClaim, StoreClaimed> {
  if (shares.length === 1) return new Map();
  throw new Error('one of the claims that came together was made before');
}

const idsOf = (launches: readonly LaunchRecord[]) => launches.map((launch) => launch.launchId);

/** The ids of one share follow each other. */
async function drawLaunches(
  connection: MongoConnection,
  shares: readonly Share[],
  now: Timestamp,
): Promise<Drawing> {
  const placed = await Promise.all(
    shares.map(async (share) => ({ ...share, place: await placeOf(connection, share.request) })),
  );
  const count = shares.reduce((sum, { candidates }) => sum + candidates.length, 0);
  // Others are not followed by claims that could use what is drawn ahead.
  const isOneOfMany = shares.every(({ request }) => request.agentId !== null && request.fwId === undefined);
  const [first] = shares;
  const agent = first?.request.agentId ?? null;
  const lastLaunch = first?.candidates[0]?.lastLaunch ?? null;
  const ids = await drawLaunchIds(connection, { count, agent, lastLaunch, isOneOfMany });
  let next = ids.first;
  const drawn = placed.map(({ request, candidates, place }) => {
    const launches = candidates.map((candidate) =>
      newLaunch({ id: launchId(next++), candidate, request, place, now }),
    );
    return { request, candidates, launches };
  });
  return { drawn, ids };
}

/** @returns the documents of those that were still READY */
async function reserveFireworks(
  { fireworks }: MongoConnection,
  candidates: Candidate[],
  { launches, now }: { launches: LaunchRecord[]; now: Timestamp },
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
    return bytes instanceof Uint8Array ? [fromBson(bytes)] : [];
  }
  const _id = { $in: candidates.map((candidate) => candidate._id) };
  await fireworks.updateMany({ _id, state: 'READY' }, update);
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

/** @returns false when one of the keys has been used before */
async function recordClaims(
  connection: MongoConnection,
  drawing: Drawing,
  exhausted: boolean,
): Promise<boolean> {
  const { drawn, ids } = drawing;
  rememberOwn(connection, drawn, exhausted);
  if (ids.isNoted) return true;
  const records = recordsOf(drawing, exhausted);
  const insert = async () => {
    try {
      await connection.starts.insertMany(records, passing);
      return true;
    } catch (error) {
      if (isServerError(error, duplicateKey)) return false;
      throw error;
    }
  };
  const noted = records.map((record) => launchId(record._id));
  if (!(await insert()) && !((await forgetNotes(connection, noted)) && (await insert()))) return false;
  if (ids.ahead.ids.length > 0) {
    await dropUnused(connection);
    connection.spareIds.keep(ids.ahead);
  }
  return true;
}

function rememberOwn({ ownClaims }: MongoConnection, drawn: readonly Drawn[], exhausted: boolean): void {
  for (const { request, launches } of drawn) {
    const [first] = launches;
    if (request.agentId === null || !first || !ownClaims.isOfThisProcess(request.agentId)) continue;
    ownClaims.made(request.key, { first: first.launchId, count: launches.length, exhausted });
  }
}

/** That an agent is about to hold Launches, the first of a claim with its key; those drawn ahead come after all others. */
function recordsOf({ drawn, ids: { ahead } }: Drawing, exhausted: boolean) {
  const about = (id: LaunchId, agent: AgentId | null, on: Date) => ({
    ...{ _id: Number(id), agent, live: true, token: null, on },
  });
  const now = new Date();
  const records = drawn.flatMap(({ request: { key, agentId, owner }, launches }) =>
    launches.map(({ launchId: id }, index) => ({
      ...about(id, agentId, now),
      ...(owner !== undefined && { owner }),
      ...(index === 0 && { key, count: launches.length, exhausted }),
    })),
  );
  const { ids, noted } = ahead;
  return noted ? [...records, ...ids.map((id) => about(id, noted.agent, noted.on))] : records;
}

/** Tells what was really claimed, and takes the Launches of the others away again. */
async function gather(
  connection: MongoConnection,
  drawn: readonly Drawn[],
  { exhausted, documents }: { exhausted: boolean; documents: UserMap[] },
): Promise<Map<StoreClaim, StoreClaimed>> {
  const fireworks = new Map(documents.map((document) => [integerOf(document.get('fw_id')), document]));
  const isWon = (launch: LaunchRecord) => holds(fireworks.get(launch.fwId), launch.launchId);
  const lost = drawn.flatMap(({ launches }) => launches.filter((launch) => !isWon(launch)));
  if (lost.length > 0) await takeAway(connection, lost);
  const claimed = new Map<StoreClaim, StoreClaimed>();
  for (const { request, launches } of drawn) {
    const claims = await Promise.all(
      launches.filter(isWon).map((launch) => claimedLaunch(connection, launch, fireworks.get(launch.fwId))),
    );
    const found = claims.flatMap((claim) => claim ?? []);
    remember(connection, request, found);
    const isExhausted = exhausted && lost.length === 0;
    claimed.set(request, { claims: found, dupefinders: withDupefinders(found), exhausted: isExhausted });
  }
  return claimed;
}

async function takeAway(connection: MongoConnection, lost: readonly LaunchRecord[]): Promise<void> {
  const ids = lost.map((launch) => launch.launchId);
  connection.claimTurns.collided();
  await connection.launches.deleteMany({ launch_id: { $in: ids }, state: 'RESERVED' }, passing);
  await connection.starts.updateMany({ _id: { $in: ids } }, { $unset: { live: '' } }, passing);
}

function remember(
  { homes, claims }: MongoConnection,
  { agentId }: StoreClaim,
  found: readonly ClaimedLaunch[],
): void {
  for (const { launchId: id, firework, launches: held } of found) {
    homes.rememberMaker(id, firework.fwId);
    const launch = held.at(-1);
    // A Launch that duplicates may share concerns other Fireworks too.
    if (agentId !== null && launch && !firework.spec.has('_dupefinder')) {
      const { fwId: maker, name, launches: active, archivedLaunches } = firework;
      const remembered = { fwId: maker, name, launches: active, archivedLaunches };
      claims.rememberClaim({ agentId, launch, firework: remembered });
    }
  }
}
