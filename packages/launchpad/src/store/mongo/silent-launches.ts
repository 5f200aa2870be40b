import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { epochMilliseconds, type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import type { Document } from 'mongodb';
import type { SilentLaunch } from '../maintenance-store.ts';
import type { MongoConnection } from './connection.ts';
import { agentOf } from './decide-locked.ts';
import { integerOf, launchIdsOf, momentOf } from './documents.ts';

/**
 * FireWorks' rule (format §13): `updated_on` of the RUNNING entry of the history is the sign of life. It compares texts, so
 * that an entry with Dates is never lost for it; here both forms count.
 */
export async function findSilentLaunches(
  connection: MongoConnection,
  { silentSeconds }: { silentSeconds: number },
): Promise<SilentLaunch[]> {
  await connection.setClock();
  const before = timestamp(epochMilliseconds(connection.now()) - silentSeconds * 1000);
  const silent: Omit<SilentLaunch, 'agentId'>[] = [];
  const running = connection.launches.find(
    { state: 'RUNNING' },
    { projection: { _id: 0, launch_id: 1, fw_id: 1, state_history: 1 } },
  );
  for await (const launch of running) {
    const life = signsOfLife(launch);
    if (!life || life.heardOn > before) continue;
    silent.push({
      launchId: launchId(integerOf(launch.launch_id)),
      fwId: fwId(integerOf(launch.fw_id)),
      ...life,
    });
  }
  const held = await heldByRunning(
    connection,
    silent.map((launch) => launch.fwId),
  );
  const agents = await holders(
    connection,
    silent.map((launch) => launch.launchId),
  );
  return silent
    .filter((launch) => held.has(launch.launchId))
    .map((launch) => ({ ...launch, agentId: agents.get(launch.launchId) ?? null }));
}

function signsOfLife(launch: Document): { startedOn: Timestamp; heardOn: Timestamp } | null {
  const history: unknown = launch.state_history;
  if (!Array.isArray(history)) return null;
  const entry: Document | undefined = history.findLast((one: Document) => one.state === 'RUNNING');
  if (!entry) return null;
  const startedOn = moment(entry.created_on);
  return { startedOn, heardOn: entry.updated_on == null ? startedOn : moment(entry.updated_on) };
}

const moment = (value: unknown): Timestamp =>
  value instanceof Date ? timestamp(value.getTime()) : momentOf(typeof value === 'string' ? value : null);

/** Launches that Fireworks which are RUNNING hold. */
async function heldByRunning(connection: MongoConnection, fwIds: FwId[]): Promise<Set<LaunchId>> {
  if (fwIds.length === 0) return new Set();
  const fireworks = await connection.fireworks
    .find({ fw_id: { $in: fwIds }, state: 'RUNNING' }, { projection: { _id: 0, launches: 1 } })
    .toArray();
  return new Set(fireworks.flatMap((firework) => launchIdsOf(firework.launches)));
}

async function holders(connection: MongoConnection, ids: LaunchId[]) {
  const holders = new Map<LaunchId, SilentLaunch['agentId']>();
  if (ids.length === 0) return holders;
  for await (const start of connection.starts.find({ _id: { $in: ids } })) {
    holders.set(launchId(integerOf(start._id)), agentOf(start.agent));
  }
  return holders;
}
