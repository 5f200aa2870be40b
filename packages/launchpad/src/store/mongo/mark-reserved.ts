import type { FwId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { type Document, ObjectId } from 'mongodb';
import { type MongoConnection, passing } from './connection.ts';
import { dateOf } from './documents.ts';
import { findHomes } from './find-homes.ts';

/**
 * The Workflows' copy of the states, for reservations: they last until a job starts. The copy of what an agent claims lags
 * until it is started, a moment later, in FireWorks as here; so does that of a Workflow that is locked.
 */
export async function markReserved(
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
