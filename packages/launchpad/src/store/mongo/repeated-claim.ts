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
