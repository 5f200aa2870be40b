import { launchId } from '@skyrocket/model/ids';
import { withDupefinders } from '../claimed.ts';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { claimedLaunch, holds } from './claimed-launch.ts';
import type { MongoConnection } from './connection.ts';
import { integerOf } from './documents.ts';
import { findLaunches } from './find-launches.ts';
import { findRaw } from './raw-documents.ts';

/** The claims of an earlier call with this key, as far as they still are this agent's to start. */
export async function repeatedClaim(
  connection: MongoConnection,
  { key, agentId }: StoreClaim,
): Promise<StoreClaimed | null> {
  const first = firstOfOwn(connection, key) ?? (await connection.starts.findOne({ key }));
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
  // What of it was lost may have been lost to a crash, and be READY.
  const isAll = found.length === integerOf(first.count);
  return { claims: found, dupefinders: withDupefinders(found), exhausted: isAll && first.exhausted === true };
}

/** What the first record of a claim of this process says, or would say. */
function firstOfOwn({ ownClaims }: MongoConnection, key: string) {
  const own = ownClaims.madeWith(key);
  return own && { _id: Number(own.first), count: own.count, exhausted: own.exhausted };
}
