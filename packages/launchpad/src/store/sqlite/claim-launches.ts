import { storedFireworkDocument } from '@skyrocket/model/firework-document';
import type { FwId } from '@skyrocket/model/ids';
import type { FireworkRecord } from '@skyrocket/model/records';
import { declaredResources, fitsInto } from '@skyrocket/model/resources';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { noSuchFirework, nothing, wayToClaim } from '../claimed.ts';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { claimCandidates } from './claim-candidates.ts';
import { claimAnswer } from './claim-memory.ts';
import type { Connection } from './connection.ts';
import { idList, type SpecifiedRow, selectSpecified, specifiedRecord } from './firework-rows.ts';
import type { Lanes, WorkerMatch } from './lanes.ts';
import { repeatedClaim } from './repeated-claim.ts';
import { reserve, type Selection } from './reserve.ts';
import type { Write } from './shared-commits.ts';
import { takeReserved } from './take-reserved.ts';

export interface ClaimContext {
  database: Connection;
  write: Write;
  lanes: Lanes;
  now: Timestamp;
}

/**
 * Claims Fireworks in one transaction. A worker's own query is tried on whole Fireworks, which may take long; that is
 * done before the transaction, so that nobody waits for it, and what was claimed by another meanwhile is left out.
 */
export async function claimLaunches(context: ClaimContext, request: StoreClaim): Promise<StoreClaimed> {
  const { database, write, lanes, now } = context;
  const { fwId } = request;
  if (fwId !== undefined) return write(() => claimOne(context, request, fwId));
  const match = await lanes.matchFor(request.fworker);
  const looksInside = match.query !== null || request.resources !== undefined;
  const seen = database.read(() => (looksInside ? select(context, request, match) : null));
  // Asking for work where there is none takes no lock.
  const idle = seen ? seen.rows.length === 0 : suitableLanes(context, request, match).length === 0;
  if (idle && claimAnswer(database, request) === null) return nothing;
  return write(() => {
    const repeated = repeatedClaim(database, request);
    if (repeated) return repeated;
    const selection = seen ? stillReady(database, seen) : select(context, request, match);
    return reserve(database, request, { ...selection, now });
  });
}

function suitableLanes({ lanes }: ClaimContext, { withoutTasks }: StoreClaim, match: WorkerMatch): number[] {
  return lanes
    .withReady()
    .filter((lane) => match.suits(lane) && !lane.tasks.some((task) => withoutTasks.includes(task)))
    .map((lane) => lane.lane);
}

function select(context: ClaimContext, request: StoreClaim, match: WorkerMatch): Selection {
  const { database } = context;
  const rows: SpecifiedRow[] = [];
  const suits = suitsWorker(request, match);
  const passedOver = new Set<number>(request.withoutFireworks);
  const wanted = {
    lanes: suitableLanes(context, request, match),
    order: request.order,
    // One more tells whether there are others.
    most: suits || passedOver.size > 0 ? null : request.count + 1,
  };
  for (const row of claimCandidates(database, wanted)) {
    if (passedOver.has(row.fw_id) || (suits && !suits(specifiedRecord(row)))) continue;
    if (rows.length === request.count) return { rows, exhausted: false };
    rows.push(row);
  }
  return { rows, exhausted: true };
}

/** What only the whole Firework can tell; null when nothing is asked of it. */
function suitsWorker(
  { resources }: StoreClaim,
  { query }: WorkerMatch,
): ((firework: FireworkRecord) => boolean) | null {
  if (!query && !resources) return null;
  return (firework) =>
    (!query || query(storedFireworkDocument(firework))) &&
    (!resources || fitsInto(declaredResources(firework.spec, resources.dialect), resources));
}

function stillReady(database: Connection, seen: Selection): Selection {
  const now = database.all<SpecifiedRow>(
    `${selectSpecified} WHERE fw_id IN (SELECT value FROM json_each(?)) AND state = 'READY'`,
    idList(seen.rows.map((row) => row.fw_id)),
  );
  const ready = new Map(now.map((row) => [row.fw_id, row]));
  const rows = seen.rows.flatMap((row) => {
    const found = ready.get(row.fw_id);
    return found && found.updated_on === row.updated_on ? [found] : [];
  });
  return { rows, exhausted: seen.exhausted && rows.length === seen.rows.length };
}

function claimOne({ database, now }: ClaimContext, request: StoreClaim, id: FwId): StoreClaimed {
  const repeated = repeatedClaim(database, request);
  if (repeated) return repeated;
  const row = database.get<SpecifiedRow>(`${selectSpecified} WHERE fw_id = ?`, id);
  if (!row) throw noSuchFirework(id, database.file);
  switch (wayToClaim(row.state, request)) {
    case 'reserve':
      return reserve(database, request, { rows: [row], exhausted: true, now });
    case 'take':
      return takeReserved(database, request, { row, now });
    case 'nothing':
      return nothing;
  }
}
