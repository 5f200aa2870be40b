import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { FireworkNode, LaunchNode, WorkflowId } from '@skyrocket/model/neighbourhood';
import { fromColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { type FireworkRow, idList, launchIds } from './firework-rows.ts';

const childrenOf = 'SELECT child FROM links WHERE parent = ? ORDER BY position';
const sharersOf = `
SELECT fw_id FROM shared_launches WHERE active = 1 AND launch_id IN (SELECT value FROM json_each(?1))
UNION SELECT fireworks.fw_id FROM launches JOIN fireworks ON fireworks.fw_id = launches.fw_id
WHERE launches.launch_id IN (SELECT value FROM json_each(?1))
  AND launches.launch_id IN (SELECT value FROM json_each(fireworks.launches))`;

/**
 * A stored Firework as decisions see it. What few decisions ask of the Fireworks around the one in question is read when
 * it is asked for: a join may have thousands of children, and each of its parents looks at it.
 */
export function storedNode(
  database: Connection,
  row: FireworkRow,
  launchNodes: Map<LaunchId, LaunchNode>,
): FireworkNode {
  const id = fwId(row.fw_id);
  const launches = launchIds(row.launches).flatMap((launch) => launchNodes.get(launch) ?? []);
  let children: FwId[] | null = row.children === 0 ? [] : null;
  const archivedLaunches = launchIds(row.archived_launches);
  let sharers: FwId[] | null = row.duplicate_key === null ? [] : null;
  return {
    fwId: id,
    workflow: workflowIdOf(row.workflow),
    name: fromColumn(row.name),
    state: row.state,
    launches,
    archivedLaunches,
    parents: { total: row.parents, completed: row.parents_completed, fizzled: row.parents_fizzled },
    allowFizzledParents: row.allow_fizzled_parents === 1,
    knowsFizzledParents: row.knows_fizzled_parents === 1,
    dupefinder: row.duplicate_key !== null,
    get children() {
      children ??= database.all<{ child: FwId }>(childrenOf, id).map((link) => fwId(link.child));
      return children;
    },
    set children(known) {
      children = known;
    },
    get sharers() {
      sharers ??= findSharers(database, id, [...launchIds(row.launches), ...archivedLaunches]);
      return sharers;
    },
  };
}

function findSharers(database: Connection, id: FwId, launches: LaunchId[]): FwId[] {
  return database
    .all<{ fw_id: FwId }>(sharersOf, idList(launches))
    .map((row) => fwId(row.fw_id))
    .filter((sharer) => sharer !== id);
}

/** How this store names a Workflow: the number of its row. */
function workflowIdOf(workflow: number): WorkflowId {
  return String(workflow) as WorkflowId;
}
