import type { ClaimOrder } from '@skyrocket/contract/running';
import type { Connection } from './connection.ts';
import { type SpecifiedRow, selectSpecified } from './firework-rows.ts';

type Before = (a: SpecifiedRow, b: SpecifiedRow) => boolean;

/**
 * The order of claims within a lane. Each is the order of an index that holds the READY Fireworks only, so that reading
 * the first ones costs the same however many there are.
 */
const orders: Readonly<Record<ClaimOrder, { sql: string; before: Before }>> = {
  any: { sql: 'priority DESC, fw_id', before: (a, b) => a.fw_id < b.fw_id },
  FIFO: {
    sql: 'priority DESC, created_on, fw_id',
    before: (a, b) => (a.created_on === b.created_on ? a.fw_id < b.fw_id : a.created_on < b.created_on),
  },
  FILO: {
    sql: 'priority DESC, created_on DESC, fw_id DESC',
    before: (a, b) => (a.created_on === b.created_on ? a.fw_id > b.fw_id : a.created_on > b.created_on),
  },
};

export function candidatesOfLane(order: ClaimOrder): string {
  return `${selectSpecified} WHERE state = 'READY' AND lane = ? ORDER BY ${orders[order].sql}`;
}

/**
 * READY Fireworks of some lanes in the order in which they are to be claimed, read as they are wanted. Nothing may be
 * written before the last one was taken. `most`: no more are wanted, so that those of one lane are read at once, which
 * is faster; null: it is not known.
 */
export function* claimCandidates(
  database: Connection,
  { lanes, order, most }: { lanes: number[]; order: ClaimOrder; most: number | null },
): Generator<SpecifiedRow> {
  const sql = candidatesOfLane(order);
  const [lane] = lanes;
  if (most !== null && lane !== undefined && lanes.length === 1) {
    yield* database.all<SpecifiedRow>(`${sql} LIMIT ?`, lane, most);
    return;
  }
  const heads = lanes.flatMap((lane) => {
    const rows = database.each<SpecifiedRow>(sql, lane);
    const first = rows.next();
    return first.done ? [] : [{ row: first.value, rows }];
  });
  while (heads.length > 0) {
    const best = heads.reduce((a, b) => (comesBefore(order, b.row, a.row) ? b : a));
    yield best.row;
    const next = best.rows.next();
    if (next.done) heads.splice(heads.indexOf(best), 1);
    else best.row = next.value;
  }
}

function comesBefore(order: ClaimOrder, a: SpecifiedRow, b: SpecifiedRow): boolean {
  return a.priority === b.priority ? orders[order].before(a, b) : a.priority > b.priority;
}
