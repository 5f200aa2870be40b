import { storedFireworkDocument } from '@skyrocket/model/firework-document';
import type { FWorker } from '@skyrocket/model/records';
import { claimCandidates } from './claim-candidates.ts';
import type { Connection } from './connection.ts';
import { type SpecifiedRow, selectSpecified, specifiedRecord } from './firework-rows.ts';
import type { Lanes, WorkerMatch } from './lanes.ts';

/** Fireworks that run, or soon will, above one that waits. */
const comingWork = `
${selectSpecified} WHERE state IN ('RUNNING', 'RESERVED') AND children > 0 AND EXISTS (
  SELECT 1 FROM links JOIN fireworks AS child ON child.fw_id = links.child
  WHERE links.parent = fireworks.fw_id AND child.state = 'WAITING')`;

/** What a worker may hope for: see `Store.workFor`. */
export async function workFor(
  database: Connection,
  lanes: Lanes,
  fworker: FWorker,
): Promise<{ ready: boolean; later: boolean }> {
  const match = await lanes.matchFor(fworker);
  return database.read(() => ({
    ready: isSomethingReady(database, lanes, match),
    later: isSomethingComing(database, lanes, match),
  }));
}

function isSomethingReady(database: Connection, lanes: Lanes, match: WorkerMatch): boolean {
  const suitable = lanes.withReady().filter((lane) => match.suits(lane));
  if (!match.query) return suitable.length > 0;
  const wanted = { lanes: suitable.map((lane) => lane.lane), order: 'any', most: null } as const;
  return some(claimCandidates(database, wanted), (row) => isMatch(match, row));
}

function isSomethingComing(database: Connection, lanes: Lanes, match: WorkerMatch): boolean {
  const suitable = new Set(lanes.all().flatMap((lane) => (match.suits(lane) ? [lane.lane] : [])));
  const rows = database.each<SpecifiedRow>(comingWork);
  return some(rows, (row) => suitable.has(row.lane) && isMatch(match, row));
}

function isMatch({ query }: WorkerMatch, row: SpecifiedRow): boolean {
  return !query || query(storedFireworkDocument(specifiedRecord(row)));
}

function some<Item>(items: Iterable<Item>, test: (item: Item) => boolean): boolean {
  for (const item of items) if (test(item)) return true;
  return false;
}
