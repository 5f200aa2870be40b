import type { LaunchId } from '@skyrocket/model/ids';
import { secondsBetween, type Timestamp } from '@skyrocket/model/timestamp';
import { nothing, withDupefinders } from '../claimed.ts';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { rememberClaim } from './claim-memory.ts';
import { claimedLaunches } from './claimed-launches.ts';
import type { Connection } from './connection.ts';
import { type SpecifiedRow, specifiedRecord } from './firework-rows.ts';
import { fworkerRow } from './launch-columns.ts';
import { loadLaunchRecords } from './launch-rows.ts';
import { placeOf } from './reserve.ts';

/** The first RESERVED Launch of a RESERVED Firework goes to this agent. */
export function takeReserved(
  database: Connection,
  request: StoreClaim,
  { row, now }: { row: SpecifiedRow; now: Timestamp },
): StoreClaimed {
  const { host, ip } = placeOf(database, request);
  const firework = specifiedRecord(row);
  const launches = loadLaunchRecords(database, firework.launches);
  const reserved = launches.find((launch) => launch.state === 'RESERVED');
  if (!reserved || isHeldByAnother(database, request, { id: reserved.launchId, now })) return nothing;
  const { launchId } = reserved;
  database.run(
    'UPDATE launches SET agent = ?, fworker = ? WHERE launch_id = ?',
    request.agentId,
    fworkerRow(database, request.fworker),
    launchId,
  );
  rememberClaim(database, request, { answer: { launchIds: [launchId], exhausted: true }, now });
  const taken = { ...reserved, fworker: request.fworker, host, ip };
  const claims = claimedLaunches(database, [{ firework, launchId }], [...launches, taken]);
  return { claims, dupefinders: withDupefinders(claims), exhausted: true };
}

/** Whether another agent that was heard of within a lease claimed the Launch. */
function isHeldByAnother(
  database: Connection,
  request: StoreClaim,
  { id, now }: { id: LaunchId; now: Timestamp },
): boolean {
  const holder = database.get<{ agent: string; renewed_on: Timestamp }>(
    'SELECT agent, renewed_on FROM launches JOIN agents USING (agent) WHERE launch_id = ?',
    id,
  );
  if (!holder || holder.agent === request.agentId) return false;
  return secondsBetween(holder.renewed_on, now) < request.leaseSeconds;
}
