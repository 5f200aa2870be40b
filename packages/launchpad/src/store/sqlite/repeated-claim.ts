import { launchId } from '@skyrocket/model/ids';
import { withDupefinders } from '../claimed.ts';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { claimAnswer } from './claim-memory.ts';
import { claimedLaunches } from './claimed-launches.ts';
import type { Connection } from './connection.ts';
import { idList, type SpecifiedRow, selectSpecified, specifiedRecord } from './firework-rows.ts';

const stillReserved = `
SELECT launch_id, fw_id FROM launches
WHERE launch_id IN (SELECT value FROM json_each(?)) AND agent IS ? AND state = 'RESERVED' ORDER BY launch_id`;
const reservedFireworks = `
${selectSpecified} WHERE state = 'RESERVED' AND fw_id IN (SELECT value FROM json_each(?))`;

/** The claims of an earlier call with this key, as far as they still are this agent's to start. */
export function repeatedClaim(database: Connection, request: StoreClaim): StoreClaimed | null {
  const answer = claimAnswer(database, request);
  if (answer === null) return null;
  const launches = database.all<{ launch_id: number; fw_id: number }>(
    stillReserved,
    idList(answer.launchIds),
    request.agentId,
  );
  const rows = database.all<SpecifiedRow>(reservedFireworks, idList(launches.map((launch) => launch.fw_id)));
  const fireworks = new Map<number, SpecifiedRow>(rows.map((row) => [row.fw_id, row]));
  const reserved = launches.flatMap(({ launch_id, fw_id }) => {
    const row = fireworks.get(fw_id);
    const firework = row && specifiedRecord(row);
    const id = launchId(launch_id);
    return firework?.launches.includes(id) ? [{ firework, launchId: id }] : [];
  });
  const claims = claimedLaunches(database, reserved, []);
  return { claims, dupefinders: withDupefinders(claims), exhausted: answer.exhausted };
}
