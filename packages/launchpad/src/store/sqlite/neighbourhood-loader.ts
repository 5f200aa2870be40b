import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import {
  emptyNeighbourhood,
  type FireworkNode,
  type LaunchNode,
  type Needs,
  type Neighbourhood,
  type WorkflowId,
} from '@skyrocket/model/neighbourhood';
import type { LaunchState } from '@skyrocket/model/states';
import type { UserMap } from '@skyrocket/model/user-data';
import { fromColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { type FireworkRow, fireworkRecord, idList, launchIds } from './firework-rows.ts';
import { readMap } from './launch-columns.ts';
import { loadActions, loadLaunchRecords } from './launch-rows.ts';

const rowsOf = 'SELECT * FROM fireworks WHERE fw_id IN (SELECT value FROM json_each(?))';
const childrenOf = 'SELECT child FROM links WHERE parent = ? ORDER BY position';
const linksOf =
  'SELECT parent, child FROM links WHERE parent IN (SELECT value FROM json_each(?)) ORDER BY parent, position';
const launchNodesOf =
  'SELECT launch_id, fw_id, state FROM launches WHERE launch_id IN (SELECT value FROM json_each(?))';
const sharersOf = `
SELECT fw_id FROM shared_launches WHERE active = 1 AND launch_id IN (SELECT value FROM json_each(?1))
UNION SELECT fireworks.fw_id FROM launches JOIN fireworks ON fireworks.fw_id = launches.fw_id
WHERE launches.launch_id IN (SELECT value FROM json_each(?1))
  AND launches.launch_id IN (SELECT value FROM json_each(fireworks.launches))`;
const descendantsOf = `
WITH RECURSIVE descendant (fw_id) AS (
  SELECT child FROM links WHERE parent = ?
  UNION SELECT links.child FROM descendant JOIN links ON links.parent = descendant.fw_id)
SELECT fw_id FROM descendant`;
const fizzledParentsOf = `
SELECT fireworks.fw_id FROM links JOIN fireworks ON fireworks.fw_id = links.parent
WHERE links.child = ? AND fireworks.state = 'FIZZLED' ORDER BY fireworks.fw_id`;

/** Loads what a decision looks at, inside one transaction, and keeps the rows for the commit that follows. */
export class NeighbourhoodLoader {
  readonly neighbourhood: Neighbourhood = emptyNeighbourhood();
  readonly rows = new Map<FwId, FireworkRow>();
  readonly #database: Connection;

  constructor(database: Connection) {
    this.#database = database;
  }

  /** Loads more. @throws Error when a decision asks for nothing that it does not have, since it would ask for ever. */
  satisfy(needs: Needs): void {
    const before = this.#size();
    this.#loadReach(needs);
    this.loadNodes(needs.nodes);
    this.#loadSpecs(needs.specs);
    for (const [id, action] of loadActions(this.#database, needs.actions)) {
      this.neighbourhood.actions.set(id, action);
    }
    this.#loadFizzledParents(needs.fizzledParents);
    this.#loadDocuments(needs.documents);
    if (this.#size() === before) throw new Error('a decision asked for what it had been given');
  }

  /** Loads Fireworks that are not there yet; the children of all of them with one query when they are sure to be needed. */
  loadNodes(ids: Iterable<FwId>, children: 'later' | 'now' = 'later'): void {
    const wanted = this.#missing(ids, this.neighbourhood.nodes);
    if (wanted.length === 0) return;
    this.#addNodes(this.#database.all<FireworkRow>(rowsOf, idList(wanted)));
    for (const id of wanted) if (!this.neighbourhood.nodes.has(id)) this.neighbourhood.absent.add(id);
    if (children === 'now') this.#loadLinks(wanted);
  }

  /** The spec of a Firework that is there, as it is stored. */
  spec(id: FwId): UserMap {
    this.#loadSpecs([id]);
    const spec = this.neighbourhood.specs.get(id);
    if (!spec) throw new Error(`Firework ${id} has no spec`);
    return spec;
  }

  #size(): number {
    const { nodes, specs, actions, documents, fizzledParents, descendantsOf, wholeWorkflows, absent } =
      this.neighbourhood;
    const parts = [nodes, specs, actions, documents, fizzledParents, descendantsOf, wholeWorkflows, absent];
    return parts.reduce((sum, part) => sum + part.size, 0);
  }

  #missing<Id>(ids: Iterable<Id>, loaded: { has(id: Id): boolean }): Id[] {
    return [...new Set(ids)].filter((id) => !loaded.has(id));
  }

  #addNodes(rows: FireworkRow[]): void {
    const launched = rows.filter((row) => row.launches !== '[]');
    const launches = this.#launchNodes(launched.flatMap((row) => launchIds(row.launches)));
    for (const row of rows) {
      const id = fwId(row.fw_id);
      if (this.rows.has(id)) continue;
      this.rows.set(id, row);
      this.neighbourhood.nodes.set(id, storedNode(this.#database, row, launches));
    }
  }

  #launchNodes(ids: LaunchId[]): Map<LaunchId, LaunchNode> {
    if (ids.length === 0) return new Map();
    const rows = this.#database.all<{ launch_id: LaunchId; fw_id: FwId; state: LaunchState }>(
      launchNodesOf,
      idList(ids),
    );
    return new Map(
      rows.map((row) => [row.launch_id, { launchId: row.launch_id, fwId: row.fw_id, state: row.state }]),
    );
  }

  #loadLinks(parents: FwId[]): void {
    const children = new Map<FwId, FwId[]>();
    for (const id of parents) children.set(id, []);
    const links = this.#database.all<{ parent: FwId; child: FwId }>(linksOf, idList(parents));
    for (const { parent, child } of links) children.get(parent)?.push(child);
    for (const [parent, list] of children) {
      const node = this.neighbourhood.nodes.get(parent);
      if (node) node.children = list;
    }
  }

  #loadReach({ descendantsOf: roots, wholeWorkflows }: Needs): void {
    for (const root of this.#missing(roots, this.neighbourhood.descendantsOf)) {
      const found = this.#database.all<{ fw_id: FwId }>(descendantsOf, root);
      this.loadNodes([root, ...found.map((row) => row.fw_id)], 'now');
      this.neighbourhood.descendantsOf.add(root);
    }
    for (const workflow of this.#missing(wholeWorkflows, this.neighbourhood.wholeWorkflows)) {
      const rows = this.#database.all<FireworkRow>(
        'SELECT * FROM fireworks WHERE workflow = ? ORDER BY fw_id',
        Number(workflow),
      );
      this.#addNodes(rows);
      this.#loadLinks(rows.map((row) => row.fw_id));
      this.neighbourhood.wholeWorkflows.add(workflow);
    }
  }

  #loadSpecs(ids: FwId[]): void {
    const wanted = this.#missing(ids, this.neighbourhood.specs);
    if (wanted.length === 0) return;
    const rows = this.#database.all<{ fw_id: FwId; spec: string }>(
      'SELECT fw_id, spec FROM specs WHERE fw_id IN (SELECT value FROM json_each(?))',
      idList(wanted),
    );
    for (const row of rows) this.neighbourhood.specs.set(fwId(row.fw_id), readMap(row.spec));
    for (const id of wanted) if (!this.neighbourhood.specs.has(id)) this.neighbourhood.absent.add(id);
  }

  #loadFizzledParents(children: FwId[]): void {
    for (const child of this.#missing(children, this.neighbourhood.fizzledParents)) {
      const parents = this.#database.all<{ fw_id: FwId }>(fizzledParentsOf, child).map((row) => row.fw_id);
      this.neighbourhood.fizzledParents.set(child, parents);
      this.#loadDocuments(parents);
    }
  }

  #loadDocuments(ids: FwId[]): void {
    for (const id of this.#missing(ids, this.neighbourhood.documents)) {
      this.loadNodes([id]);
      const row = this.rows.get(id);
      if (!row) continue;
      const firework = fireworkRecord(row, this.spec(id));
      this.neighbourhood.documents.set(id, {
        firework,
        launches: loadLaunchRecords(this.#database, firework.launches),
        archivedLaunches: loadLaunchRecords(this.#database, firework.archivedLaunches),
      });
    }
  }
}

/**
 * A stored Firework as decisions see it. What few decisions ask of the Fireworks around the one in question is read when
 * it is asked for: a join may have thousands of children, and each of its parents looks at it.
 */
function storedNode(
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
export function workflowIdOf(workflow: number): WorkflowId {
  return String(workflow) as WorkflowId;
}
