import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { FireworkNode, LaunchNode, ParentTally, WorkflowId } from '@skyrocket/model/neighbourhood';
import type { State } from '@skyrocket/model/states';
import { fromColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { idList, launchIds, type NodeRow } from './firework-rows.ts';

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
export class StoredNode implements FireworkNode {
  readonly fwId: FwId;
  readonly workflow: WorkflowId;
  readonly name: string;
  readonly state: State;
  readonly launches: LaunchNode[];
  readonly archivedLaunches: LaunchId[];
  readonly parents: ParentTally;
  readonly allowFizzledParents: boolean;
  readonly knowsFizzledParents: boolean;
  readonly dupefinder: boolean;
  readonly #database: Connection;
  readonly #launchIds: LaunchId[];
  #children: FwId[] | null;
  #sharers: FwId[] | null;

  constructor(database: Connection, row: NodeRow, launchNodes: ReadonlyMap<LaunchId, LaunchNode>) {
    this.fwId = fwId(row.fw_id);
    this.workflow = workflowIdOf(row.workflow);
    this.name = fromColumn(row.name);
    this.state = row.state;
    this.#launchIds = launchIds(row.launches);
    this.launches = this.#launchIds.flatMap((id) => launchNodes.get(id) ?? []);
    this.archivedLaunches = launchIds(row.archived_launches);
    this.parents = { total: row.parents, completed: row.parents_completed, fizzled: row.parents_fizzled };
    this.allowFizzledParents = row.allow_fizzled_parents === 1;
    this.knowsFizzledParents = row.knows_fizzled_parents === 1;
    this.dupefinder = row.dupefinder === 1;
    this.#database = database;
    this.#children = row.children === 0 ? [] : null;
    this.#sharers = this.dupefinder ? null : [];
  }

  get children(): FwId[] {
    this.#children ??= this.#database
      .all<{ child: FwId }>(childrenOf, this.fwId)
      .map((link) => fwId(link.child));
    return this.#children;
  }

  set children(known: FwId[]) {
    this.#children = known;
  }

  get sharers(): FwId[] {
    this.#sharers ??= this.#database
      .all<{ fw_id: FwId }>(sharersOf, idList([...this.#launchIds, ...this.archivedLaunches]))
      .map((row) => fwId(row.fw_id))
      .filter((sharer) => sharer !== this.fwId);
    return this.#sharers;
  }
}

/** How this store names a Workflow: the number of its row. */
function workflowIdOf(workflow: number): WorkflowId {
  return String(workflow) as WorkflowId;
}
