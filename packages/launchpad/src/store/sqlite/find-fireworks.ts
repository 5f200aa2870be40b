import type { FindFireworks, FoundFirework, FoundFireworks } from '@skyrocket/contract/questions';
import { storedFireworkDocument } from '@skyrocket/model/firework-document';
import { fwId, type LaunchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { UserMap } from '@skyrocket/model/user-data';
import { type DocumentMatcher, documentMatcher } from '../document-query.ts';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import {
  type Condition,
  type FilterColumns,
  mentions,
  type SplitFilter,
  splitFilter,
  whereClause,
} from './filter-to-sql.ts';
import { type LaunchSearch, planLaunchSearch } from './find-launches.ts';
import { planWorkflowSearch, type WorkflowSearch } from './find-workflows.ts';
import { type FireworkRow, fireworkRecord, idList, launchIds } from './firework-rows.ts';
import type { Lanes } from './lanes.ts';
import { readMap } from './launch-columns.ts';
import { loadLaunchRecords } from './launch-rows.ts';

const columns: FilterColumns = new Map([
  ['fw_id', { column: 'fw_id', kind: 'integer' }],
  ['state', { column: 'state', kind: 'text' }],
  ['name', { column: 'name', kind: 'text' }],
  ['created_on', { column: 'created_on', kind: 'moment' }],
  ['updated_on', { column: 'updated_on', kind: 'moment' }],
]);

const laneFields = ['spec._category', 'spec._fworker'];

/** A search for Fireworks, with its filters compiled. */
interface Plan {
  request: FindFireworks;
  split: SplitFilter;
  /** What `split.rest` asks of a document; null when it asks nothing. */
  match: DocumentMatcher | null;
  needsSpec: boolean;
  /** What is asked of `_category` and `_fworker`, which lanes can answer. */
  laneMatch: DocumentMatcher | null;
  launches: LaunchSearch | null;
  workflows: WorkflowSearch | null;
}

export async function findFireworks(
  database: Connection,
  lanes: Lanes,
  request: FindFireworks,
): Promise<FoundFireworks> {
  const plan = await makePlan(request);
  return database.read(() => {
    const conditions = allConditions(database, lanes, plan);
    if (request.fields === 'count' && !plan.match) return countRows(database, plan, conditions);
    const rows = matchingRows(database, plan, conditions);
    if (request.fields === 'count') return { count: rows.length, fireworks: [] };
    return { count: rows.length, fireworks: completeRows(database, rows, request.fields) };
  });
}

async function makePlan(request: FindFireworks): Promise<Plan> {
  const split = splitFilter(request.filter ?? new Map(), columns);
  const laneFilter: UserMap = new Map([...split.rest].filter(([field]) => laneFields.includes(field)));
  const rest: UserMap = new Map([...split.rest].filter(([field]) => !laneFields.includes(field)));
  return {
    request,
    split: { ...split, rest },
    match: rest.size > 0 ? await documentMatcher(rest) : null,
    needsSpec: mentions(rest, ['spec']),
    laneMatch: laneFilter.size > 0 ? await documentMatcher(laneFilter) : null,
    launches: request.launchFilter ? await planLaunchSearch(request.launchFilter) : null,
    workflows: request.workflowFilter ? await planWorkflowSearch({ filter: request.workflowFilter }) : null,
  };
}

function allConditions(database: Connection, lanes: Lanes, plan: Plan): Condition[] {
  const { request, split, laneMatch, launches, workflows } = plan;
  const conditions = [...split.conditions];
  const oneOf = (column: string, ids: number[]) =>
    conditions.push({ sql: `${column} IN (SELECT value FROM json_each(?))`, values: [idList(ids)] });
  if (request.fwIds) oneOf('fw_id', request.fwIds);
  if (laneMatch) {
    const suitable = lanes.all().filter((lane) => laneMatch(new Map([['spec', lane.spec]])));
    oneOf(
      'lane',
      suitable.map((lane) => lane.lane),
    );
  }
  if (request.reservationId !== undefined)
    oneOf('fw_id', holdersOfReservation(database, request.reservationId));
  if (launches) oneOf('fw_id', holdersOf(database, launches.launchIds(database)));
  if (workflows) oneOf('workflow', workflows.rowIds(database));
  return conditions;
}

/** A count by state is kept; any other is made by an index where there is one. */
function countRows(database: Connection, { request }: Plan, conditions: Condition[]): FoundFireworks {
  const byState = conditions.every((condition) => condition.sql.startsWith('state '));
  const where = whereClause(conditions);
  const sql = byState
    ? `SELECT coalesce(sum(fireworks), 0) AS n FROM counts ${where.sql}`
    : `SELECT count(*) AS n FROM fireworks ${where.sql}`;
  const count = database.get<{ n: number }>(sql, ...where.values)?.n ?? 0;
  return { count: request.limit ? Math.min(count, request.limit) : count, fireworks: [] };
}

function matchingRows(database: Connection, plan: Plan, conditions: Condition[]): FireworkRow[] {
  const { request, match, needsSpec } = plan;
  const where = whereClause(conditions);
  const order = request.sort
    ? `${request.sort.field} ${request.sort.direction === 'ascending' ? 'ASC' : 'DESC'}, fw_id`
    : 'fw_id';
  const limit = request.limit ? request.limit : -1;
  const select = `SELECT * FROM fireworks ${where.sql} ORDER BY ${order}`;
  if (!match) return database.all<FireworkRow>(`${select} LIMIT ?`, ...where.values, limit);
  const rows: FireworkRow[] = [];
  for (const row of database.each<FireworkRow>(select, ...where.values)) {
    const spec = needsSpec ? specOf(database, row) : new Map();
    if (!match(storedFireworkDocument(fireworkRecord(row, spec)))) continue;
    rows.push(row);
    if (rows.length === limit) break;
  }
  return rows;
}

function specOf(database: Connection, row: FireworkRow): UserMap {
  const found = database.get<{ spec: string }>('SELECT spec FROM specs WHERE fw_id = ?', row.fw_id);
  return readMap(found?.spec ?? '{}');
}

function completeRows(
  database: Connection,
  rows: FireworkRow[],
  fields: FindFireworks['fields'],
): FoundFirework[] {
  const withLaunches = fields === 'launches' || fields === 'all';
  const activeIds = withLaunches ? rows.flatMap((row) => launchIds(row.launches)) : [];
  const archivedIds = fields === 'all' ? rows.flatMap((row) => launchIds(row.archived_launches)) : [];
  const launches = new Map<LaunchId, LaunchRecord>();
  for (const launch of loadLaunchRecords(database, [...new Set([...activeIds, ...archivedIds])])) {
    launches.set(launch.launchId, launch);
  }
  return rows.map((row) => {
    const record = fireworkRecord(row, fields === 'all' ? specOf(database, row) : new Map());
    return {
      ...record,
      launchRecords: withLaunches ? record.launches.flatMap((id) => launches.get(id) ?? []) : [],
      archivedRecords:
        fields === 'all' ? record.archivedLaunches.flatMap((id) => launches.get(id) ?? []) : [],
    };
  });
}

const activeHolders = `
SELECT fireworks.fw_id FROM launches JOIN fireworks USING (fw_id)
WHERE launches.launch_id IN (SELECT value FROM json_each(?1))
  AND launches.launch_id IN (SELECT value FROM json_each(fireworks.launches))
UNION SELECT fw_id FROM shared_launches WHERE active = 1 AND launch_id IN (SELECT value FROM json_each(?1))`;

/** Fireworks of which one of these Launches is active. */
function holdersOf(database: Connection, ids: LaunchId[]): number[] {
  return database.all<{ fw_id: number }>(activeHolders, idList(ids)).map((row) => fwId(row.fw_id));
}

function holdersOfReservation(database: Connection, reservationId: string): number[] {
  const rows = database.all<{ launch_id: LaunchId }>(
    'SELECT launch_id FROM reservations WHERE reservation_id = ?',
    toColumn(reservationId),
  );
  return holdersOf(
    database,
    rows.map((row) => row.launch_id),
  );
}
