import type { LaunchId } from '@skyrocket/model/ids';
import type { FireworkRecord } from '@skyrocket/model/records';
import { nothing, withDupefinders } from '../claimed.ts';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { placeOf } from './agent-place.ts';
import { silentSeconds } from './agents.ts';
import { type MongoConnection, passing } from './connection.ts';
import { fworkerDocument } from './documents.ts';
import { findLaunches } from './find-launches.ts';
import { duplicateKey, isServerError } from './mongo-errors.ts';

/** The first RESERVED Launch of a RESERVED Firework goes to this agent. */
export async function takeReserved(
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
