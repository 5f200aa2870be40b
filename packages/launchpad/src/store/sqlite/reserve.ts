import { launchId } from '@skyrocket/model/ids';
import { trackersOfNewLaunch } from '@skyrocket/model/launch-document';
import type { HistoryEntry, LaunchRecord } from '@skyrocket/model/records';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { notRegistered, withDupefinders } from '../claimed.ts';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { rememberClaim } from './claim-memory.ts';
import { claimedLaunches, type ReservedFirework } from './claimed-launches.ts';
import { fromColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { idList, type SpecifiedRow, specifiedRecord } from './firework-rows.ts';
import { drawIds } from './ids.ts';
import { fworkerRow } from './launch-columns.ts';
import { insertNewLaunches } from './launch-rows.ts';
import { noteOwner } from './reservations.ts';
import { StateLedger } from './state-ledger.ts';

/** The new Launches of these Fireworks have ids that follow each other in the order of the list. */
const reserveRows = `
UPDATE fireworks SET state = 'RESERVED', launches = json_insert(launches, '$[#]', ? + key), updated_on = ?
FROM json_each(?) WHERE fw_id = value`;

/** READY Fireworks that a claim takes. */
export interface Selection {
  rows: SpecifiedRow[];
  /** Whether nothing more is READY. */
  exhausted: boolean;
}

/** Makes READY Fireworks RESERVED, each with a new Launch, in the transaction in which they were found. */
export function reserve(
  database: Connection,
  request: StoreClaim,
  { rows, exhausted, now }: Selection & { now: Timestamp },
): StoreClaimed {
  if (rows.length === 0) return { claims: [], dupefinders: [], exhausted };
  const place = placeOf(database, request);
  const first = drawIds(database, 'next_launch_id', rows.length);
  const reserved = rows.map((row, index) => reservedFirework(row, { id: first + index, now }));
  const history: HistoryEntry[] = [{ state: 'RESERVED', createdOn: now, updatedOn: now }];
  const launches = reserved.map((claimed) => newLaunch(claimed, { request, place, history }));
  const fworker = fworkerRow(database, request.fworker);
  insertNewLaunches(database, launches, { agent: request.agentId, fworker });
  writeFireworks(database, rows, { first, now });
  if (request.owner !== undefined) {
    for (const launch of launches) noteOwner(database, { ...launch, owner: request.owner });
  }
  const answer = { launchIds: launches.map((launch) => launch.launchId), exhausted };
  rememberClaim(database, request, { answer, now });
  const claims = claimedLaunches(database, reserved, launches);
  return { claims, dupefinders: withDupefinders(claims), exhausted };
}

function reservedFirework(row: SpecifiedRow, { id, now }: { id: number; now: Timestamp }): ReservedFirework {
  const ready = specifiedRecord(row);
  const launches = [...ready.launches, launchId(id)];
  return { launchId: launchId(id), firework: { ...ready, state: 'RESERVED', launches, updatedOn: now } };
}

function newLaunch(
  { launchId, firework }: ReservedFirework,
  { request, place, history }: { request: StoreClaim; place: Place; history: HistoryEntry[] },
): LaunchRecord {
  return {
    launchId,
    fwId: firework.fwId,
    state: 'RESERVED',
    fworker: request.fworker,
    ...place,
    trackers: trackersOfNewLaunch(firework.spec),
    action: null,
    history,
  };
}

function writeFireworks(
  database: Connection,
  rows: SpecifiedRow[],
  { first, now }: { first: number; now: Timestamp },
): void {
  database.run(reserveRows, first, now, idList(rows.map((row) => row.fw_id)));
  const ledger = new StateLedger(database);
  for (const { workflow, lane, children } of rows) {
    const leaf = children === 0;
    ledger.move(workflow, { state: 'READY', lane, leaf }, { state: 'RESERVED', lane, leaf });
  }
  ledger.settle(now);
}

type Place = Pick<LaunchRecord, 'host' | 'ip' | 'launchDir'>;

/** Where the agent is; it chooses the directory when it starts. Without an agent: where the job is submitted from. */
export function placeOf(database: Connection, request: StoreClaim): Place {
  const { agentId, submittedFrom } = request;
  if (submittedFrom) return submittedFrom;
  const row = database.get<{ host: string; ip: string }>(
    'SELECT host, ip FROM agents WHERE agent = ?',
    agentId,
  );
  if (row) return { host: fromColumn(row.host), ip: row.ip, launchDir: '' };
  throw notRegistered(request);
}
