import type { AgentId } from '@skyrocket/contract/agents';
import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import {
  emptyNeighbourhood,
  type LaunchNode,
  type Needs,
  type Neighbourhood,
} from '@skyrocket/model/neighbourhood';
import type { LaunchState } from '@skyrocket/model/states';
import type { UserMap } from '@skyrocket/model/user-data';
import type { Connection } from './connection.ts';
import {
  type FireworkRow,
  fireworkRecord,
  idList,
  launchIds,
  type NodeRow,
  selectNodes,
} from './firework-rows.ts';
import { readMap } from './launch-columns.ts';
import { loadActions, loadLaunchRecords } from './launch-rows.ts';
import { StoredNode } from './stored-node.ts';

const nodesOf = `${selectNodes} WHERE fw_id IN (SELECT value FROM json_each(?))`;
const rowOf = 'SELECT * FROM fireworks WHERE fw_id = ?';
const linksOf =
  'SELECT parent, child FROM links WHERE parent IN (SELECT value FROM json_each(?)) ORDER BY parent, position';
const launchNodesOf =
  'SELECT launch_id, fw_id, state FROM launches WHERE launch_id IN (SELECT value FROM json_each(?))';
const launchesOf = `
SELECT launch_id, fw_id, state, agent, token, history FROM launches
WHERE launch_id IN (SELECT value FROM json_each(?))`;
const descendantsOf = `
WITH RECURSIVE descendant (fw_id) AS (
  SELECT child FROM links WHERE parent = ?
  UNION SELECT links.child FROM descendant JOIN links ON links.parent = descendant.fw_id)
SELECT fw_id FROM descendant`;
const fizzledParentsOf = `
SELECT fireworks.fw_id FROM links JOIN fireworks ON fireworks.fw_id = links.parent
WHERE links.child = ? AND fireworks.state = 'FIZZLED' ORDER BY fireworks.fw_id`;

/** A Launch that a decision is about. */
export interface LoadedLaunch {
  launch_id: LaunchId;
  fw_id: FwId;
  state: LaunchState;
  agent: AgentId | null;
  token: string | null;
  history: string;
}

type LaunchNodeRow = Pick<LoadedLaunch, 'launch_id' | 'fw_id' | 'state'>;

/** Loads what a decision looks at, inside one transaction, and keeps the rows for the commit that follows. */
export class NeighbourhoodLoader {
  readonly neighbourhood: Neighbourhood = emptyNeighbourhood();
  readonly rows = new Map<FwId, NodeRow>();
  /** Launches of which more than the node was loaded. */
  readonly #launches = new Map<LaunchId, LoadedLaunch>();
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
    this.#addNodes(this.#database.all<NodeRow>(nodesOf, idList(wanted)));
    for (const id of wanted) if (!this.neighbourhood.nodes.has(id)) this.neighbourhood.absent.add(id);
    if (children === 'now') this.#loadLinks(wanted);
  }

  /** Launches that are to be decided about, those that are there. */
  loadLaunches(ids: LaunchId[]): LoadedLaunch[] {
    const wanted = this.#missing(ids, this.#launches);
    if (wanted.length > 0) {
      const rows = this.#database.all<LoadedLaunch>(launchesOf, idList(wanted));
      for (const row of rows) this.#launches.set(row.launch_id, row);
    }
    return ids.flatMap((id) => this.#launches.get(id) ?? []);
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

  #addNodes(rows: NodeRow[]): void {
    const launches = this.#launchNodes(rows.flatMap((row) => launchIds(row.launches)));
    for (const row of rows) {
      const id = fwId(row.fw_id);
      if (this.rows.has(id)) continue;
      this.rows.set(id, row);
      this.neighbourhood.nodes.set(id, new StoredNode(this.#database, row, launches));
    }
  }

  #launchNodes(ids: LaunchId[]): Map<LaunchId, LaunchNode> {
    const known = ids.flatMap((id) => this.#launches.get(id) ?? []);
    const unknown = this.#missing(ids, this.#launches);
    const others =
      unknown.length > 0 ? this.#database.all<LaunchNodeRow>(launchNodesOf, idList(unknown)) : [];
    return new Map(
      [...known, ...others].map(({ launch_id: launchId, fw_id: fwId, state }) => [
        launchId,
        { launchId, fwId, state },
      ]),
    );
  }

  #loadLinks(ids: FwId[]): void {
    const parents = ids.filter((id) => (this.rows.get(id)?.children ?? 0) > 0);
    if (parents.length === 0) return;
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
      const rows = this.#database.all<NodeRow>(
        `${selectNodes} WHERE workflow = ? ORDER BY fw_id`,
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
      const row = this.#database.get<FireworkRow>(rowOf, id);
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
