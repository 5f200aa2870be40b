import type { FindWorkflows, FoundWorkflow, FoundWorkflows } from '@skyrocket/contract/questions';
import { storedWorkflowDocument } from '@skyrocket/model/firework-document';
import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { LaunchRecord, WorkflowRecord } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { type DocumentMatcher, documentMatcher } from '../document-query.ts';
import { fromColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { type Condition, type FilterColumns, mentions, splitFilter, whereClause } from './filter-to-sql.ts';
import { idList, launchIds } from './firework-rows.ts';
import { readMap } from './launch-columns.ts';
import { loadLaunchRecords } from './launch-rows.ts';

interface WorkflowRow {
  workflow: number;
  name: string;
  state: State;
  metadata: string;
  created_on: Timestamp;
  updated_on: Timestamp;
}

const columns: FilterColumns = new Map([
  ['state', { column: 'state', kind: 'text' }],
  ['name', { column: 'name', kind: 'text' }],
  ['created_on', { column: 'created_on', kind: 'moment' }],
  ['updated_on', { column: 'updated_on', kind: 'moment' }],
]);

const selectRows = 'SELECT workflow, name, state, metadata, created_on, updated_on FROM workflows';

/** Workflows are made whole in groups: a few queries for the Fireworks and links of a group. */
const groupSize = 200;

/** A search for Workflows, with its filter compiled. */
export interface WorkflowSearch {
  rows(database: Connection): WorkflowRow[];
  rowIds(database: Connection): number[];
}

export async function findWorkflows(database: Connection, request: FindWorkflows): Promise<FoundWorkflows> {
  const search = await planWorkflowSearch(request);
  return database.read(() => {
    const rows = search.rows(database);
    if (request.fields === 'count') return { count: rows.length, workflows: [] };
    const workflows = inGroups(rows).flatMap((group) => completeGroup(database, group, request.fields));
    return { count: rows.length, workflows };
  });
}

export async function planWorkflowSearch(request: Omit<FindWorkflows, 'fields'>): Promise<WorkflowSearch> {
  const { conditions, rest } = splitFilter(request.filter ?? new Map(), columns);
  const nodes = rest.get('nodes');
  if (typeof nodes === 'number') rest.delete('nodes');
  const match = rest.size > 0 ? await documentMatcher(rest) : null;
  const whole = mentions(rest, ['nodes', 'links', 'parent_links', 'fw_states']);
  if (request.fwIds) conditions.push(holding(request.fwIds));
  if (typeof nodes === 'number') conditions.push(holding([nodes]));
  const where = whereClause(conditions);
  const order = request.sort
    ? `${request.sort.field} ${request.sort.direction === 'ascending' ? 'ASC' : 'DESC'}, workflow`
    : 'workflow';
  const limit = request.limit ? request.limit : -1;
  const sql = `${selectRows} ${where.sql} ORDER BY ${order}`;
  const rows = (database: Connection) =>
    match
      ? matchingRows(database, { sql, values: where.values }, { match, whole, limit })
      : database.all<WorkflowRow>(`${sql} LIMIT ?`, ...where.values, limit);
  return { rows, rowIds: (database) => rows(database).map((row) => row.workflow) };
}

function holding(ids: readonly number[]): Condition {
  return {
    sql: 'workflow IN (SELECT workflow FROM fireworks WHERE fw_id IN (SELECT value FROM json_each(?)))',
    values: [JSON.stringify(ids)],
  };
}

/** A filter that asks nothing of links and states is tried without reading the Workflow's Fireworks. */
function matchingRows(
  database: Connection,
  select: Condition,
  { match, whole, limit }: { match: DocumentMatcher; whole: boolean; limit: number },
): WorkflowRow[] {
  const found: WorkflowRow[] = [];
  for (const row of database.each<WorkflowRow>(select.sql, ...select.values)) {
    const [workflow] = whole ? completeGroup(database, [row], 'summary') : [bareWorkflow(row)];
    if (!workflow || !match(storedWorkflowDocument(workflow))) continue;
    found.push(row);
    if (found.length === limit) break;
  }
  return found;
}

function bareWorkflow(row: WorkflowRow): WorkflowRecord {
  return {
    nodes: [],
    links: new Map(),
    states: new Map(),
    names: new Map(),
    name: fromColumn(row.name),
    state: row.state,
    metadata: readMap(row.metadata),
    createdOn: row.created_on,
    updatedOn: row.updated_on,
  };
}

interface MemberRow {
  fw_id: FwId;
  workflow: number;
  name: string;
  state: State;
  launches: string;
}

function completeGroup(
  database: Connection,
  rows: WorkflowRow[],
  fields: FindWorkflows['fields'],
): FoundWorkflow[] {
  const found = new Map<number, FoundWorkflow>(
    rows.map((row) => [row.workflow, { ...bareWorkflow(row), launches: new Map() }]),
  );
  const members = database.all<MemberRow>(
    `SELECT fw_id, workflow, name, state, launches FROM fireworks
     WHERE workflow IN (SELECT value FROM json_each(?)) ORDER BY fw_id`,
    idList(found.keys()),
  );
  for (const member of members) found.get(member.workflow)?.nodes.push(fwId(member.fw_id));
  if (fields === 'summary' || fields === 'launches') addStructure(database, found, members);
  if (fields === 'launches') addLaunches(database, found, members);
  return [...found.values()];
}

function addStructure(database: Connection, found: Map<number, FoundWorkflow>, members: MemberRow[]): void {
  const homes = new Map<FwId, FoundWorkflow>();
  for (const member of members) {
    const workflow = found.get(member.workflow);
    if (!workflow) continue;
    const id = fwId(member.fw_id);
    homes.set(id, workflow);
    workflow.names.set(id, fromColumn(member.name));
    workflow.states.set(id, member.state);
    workflow.links.set(id, []);
  }
  const links = database.all<{ parent: FwId; child: FwId }>(
    `SELECT parent, child FROM links WHERE parent IN (SELECT value FROM json_each(?)) ORDER BY parent, position`,
    idList(homes.keys()),
  );
  for (const { parent, child } of links) homes.get(parent)?.links.get(parent)?.push(fwId(child));
}

function addLaunches(database: Connection, found: Map<number, FoundWorkflow>, members: MemberRow[]): void {
  const ids = members.flatMap((member) => launchIds(member.launches));
  const records = new Map<LaunchId, Omit<LaunchRecord, 'action'>>();
  for (const { action: _, ...launch } of loadLaunchRecords(database, [...new Set(ids)], 'without-actions')) {
    records.set(launch.launchId, launch);
  }
  for (const member of members) {
    const launches = launchIds(member.launches).flatMap((id) => records.get(id) ?? []);
    found.get(member.workflow)?.launches.set(fwId(member.fw_id), launches);
  }
}

function inGroups<Item>(items: Item[]): Item[][] {
  const groups: Item[][] = [];
  for (let start = 0; start < items.length; start += groupSize) {
    groups.push(items.slice(start, start + groupSize));
  }
  return groups;
}
