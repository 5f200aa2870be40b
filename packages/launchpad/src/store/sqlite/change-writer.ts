import type { IdMap } from '@skyrocket/contract/workflows';
import { changedSpec } from '@skyrocket/model/apply-change';
import type { AddedFirework, Change, FireworkChange, LaunchChange } from '@skyrocket/model/change';
import { type FwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { Connection } from './connection.ts';
import { insertFirework, insertLink } from './firework-insertion.ts';
import { idList, launchIds, type NodeRow } from './firework-rows.ts';
import { grouped } from './grouped.ts';
import { drawIds } from './ids.ts';
import { writeLaunchChanges } from './launch-changes.ts';
import type { NeighbourhoodLoader } from './neighbourhood-loader.ts';
import { specColumns } from './spec-columns.ts';
import { type Standing, StateLedger } from './state-ledger.ts';

const updateFireworks =
  'UPDATE fireworks SET state = ?, updated_on = ? WHERE fw_id IN (SELECT value FROM json_each(?))';
const updateHeldLaunches = 'UPDATE fireworks SET launches = ?, archived_launches = ? WHERE fw_id = ?';
const updateSpecColumns = `
UPDATE fireworks SET lane = ?, priority = ?, allow_fizzled_parents = ?, knows_fizzled_parents = ?, duplicate_key = ?
WHERE fw_id = ?`;
const addToParents = `
UPDATE fireworks SET parents_completed = parents_completed + ?, parents_fizzled = parents_fizzled + ?
WHERE fw_id IN (SELECT value FROM json_each(?))`;
const shareLaunch = `
INSERT INTO shared_launches (launch_id, fw_id, active)
SELECT launch_id, ?2, ?3 FROM launches WHERE launch_id = ?1 AND fw_id <> ?2
ON CONFLICT (launch_id, fw_id) DO UPDATE SET active = excluded.active`;

/**
 * Writes a Change and everything that is derived from it, inside the transaction in which it was decided.
 * @returns the ids drawn for the added Fireworks.
 */
export function writeChange(
  database: Connection,
  { change, loader, now }: { change: Change; loader: NeighbourhoodLoader; now: Timestamp },
): IdMap {
  const writer = new ChangeWriter(database, loader, now);
  writer.changeFireworks(change.fireworks);
  writer.changeLaunches(change.launches);
  const ids = writer.addFireworks(change.added);
  writer.addLinks(change.links, ids);
  writer.settle();
  return ids;
}

class ChangeWriter {
  readonly #database: Connection;
  readonly #loader: NeighbourhoodLoader;
  readonly #now: Timestamp;
  readonly #ledger: StateLedger;
  /** How Fireworks stand after what was written so far, where that differs from the loader's rows. */
  readonly #standings = new Map<FwId, Standing>();

  constructor(database: Connection, loader: NeighbourhoodLoader, now: Timestamp) {
    this.#database = database;
    this.#loader = loader;
    this.#now = now;
    this.#ledger = new StateLedger(database);
  }

  changeFireworks(changes: Map<FwId, FireworkChange>): void {
    this.#loader.loadNodes(changes.keys());
    const tallies = new ParentTallies();
    const stateOf = ([id, { state }]: [FwId, FireworkChange]) => state ?? this.#row(id).state;
    for (const [state, alike] of grouped(changes, stateOf)) {
      this.#database.run(updateFireworks, state, this.#now, idList(alike.map(([id]) => id)));
    }
    for (const [id, change] of changes) {
      const row = this.#row(id);
      const lane = change.spec ? this.#changeSpec(id, change.spec) : row.lane;
      const state = change.state ?? row.state;
      this.#writeHeldLaunches(row, change);
      if (state !== row.state || lane !== row.lane) {
        const to: Standing = { state, lane, leaf: row.children === 0 };
        this.#ledger.move(row.workflow, standingOf(row), to);
        this.#standings.set(id, to);
        tallies.note({ from: row.state, to: state, children: () => this.#node(id).children });
      } else {
        this.#ledger.touch(row.workflow);
      }
    }
    tallies.write(this.#database);
  }

  changeLaunches(changes: Map<LaunchId, LaunchChange>): void {
    const told = [...changes].flatMap(([id, change]) => (change.ping || change.entry ? [id] : []));
    const histories = new Map(
      this.#loader.loadLaunches(told).map(({ launch_id, history }) => [launch_id, history]),
    );
    writeLaunchChanges(this.#database, changes, histories);
  }

  addFireworks(added: AddedFirework[]): IdMap {
    const ids: IdMap = new Map();
    if (added.length === 0) return ids;
    const drawn = drawIds(this.#database, 'next_fw_id', added.length);
    for (const [index, { firework, joins }] of added.entries()) {
      const id = (drawn + index) as FwId;
      ids.set(firework.fwId, id);
      this.#loader.loadNodes([joins]);
      const { workflow } = this.#row(joins);
      const standing = insertFirework(this.#database, { id, workflow, firework, now: this.#now });
      this.#ledger.move(workflow, null, standing);
      this.#standings.set(id, standing);
    }
    return ids;
  }

  addLinks(links: Change['links'], ids: IdMap): void {
    const endpoints = links.map(({ parent, child }) => ({
      parent: ids.get(parent) ?? parent,
      child: ids.get(child) ?? child,
    }));
    const stored = endpoints.flatMap(({ parent, child }) => [parent, child]);
    this.#loader.loadNodes(stored.filter((id) => !this.#standings.has(id)));
    for (const { parent, child } of endpoints) this.#addLink(parent, child);
  }

  settle(): void {
    this.#ledger.settle(this.#now);
  }

  #addLink(parent: FwId, child: FwId): void {
    const standing = this.#standings.get(parent) ?? standingOf(this.#row(parent));
    if (!insertLink(this.#database, { parent, child, parentState: standing.state })) return;
    if (!standing.leaf) return;
    const inner = { ...standing, leaf: false };
    this.#standings.set(parent, inner);
    this.#ledger.move(this.#workflowOf(parent), standing, inner);
  }

  #workflowOf(id: FwId): number {
    const known = this.#loader.rows.get(id);
    if (known) return known.workflow;
    const row = this.#database.get<{ workflow: number }>(
      'SELECT workflow FROM fireworks WHERE fw_id = ?',
      id,
    );
    if (!row) throw new Error(`Firework ${id} is not there`);
    return row.workflow;
  }

  #changeSpec(id: FwId, change: NonNullable<FireworkChange['spec']>): number {
    const columns = specColumns(this.#database, changedSpec(this.#loader.spec(id), change));
    this.#database.run('UPDATE specs SET spec = ? WHERE fw_id = ?', columns.text, id);
    this.#database.run(
      updateSpecColumns,
      columns.lane,
      columns.priority,
      columns.allowFizzledParents,
      columns.knowsFizzledParents,
      columns.duplicateKey,
      id,
    );
    return columns.lane;
  }

  #writeHeldLaunches(row: NodeRow, change: FireworkChange): void {
    const launches = change.launches ? idList(change.launches) : row.launches;
    const archived = change.archivedLaunches ? idList(change.archivedLaunches) : row.archived_launches;
    if (launches === row.launches && archived === row.archived_launches) return;
    this.#database.run(updateHeldLaunches, launches, archived, row.fw_id);
    this.#shareLaunches(row, { launches, archived });
  }

  /** Keeps track of the Launches that a Firework holds without having made them. */
  #shareLaunches(row: NodeRow, held: { launches: string; archived: string }): void {
    const active = launchIds(held.launches);
    const archived = launchIds(held.archived);
    for (const id of archived) this.#database.run(shareLaunch, id, row.fw_id, 0);
    for (const id of active) this.#database.run(shareLaunch, id, row.fw_id, 1);
    const kept = new Set([...active, ...archived]);
    for (const id of [...launchIds(row.launches), ...launchIds(row.archived_launches)]) {
      if (kept.has(id)) continue;
      this.#database.run(
        'DELETE FROM shared_launches WHERE launch_id = ? AND fw_id = ?',
        launchId(id),
        row.fw_id,
      );
    }
  }

  #row(id: FwId): NodeRow {
    const row = this.#loader.rows.get(id);
    if (!row) throw new Error(`a decision changes Firework ${id}, which is not there`);
    return row;
  }

  #node(id: FwId): { children: FwId[] } {
    const node = this.#loader.neighbourhood.nodes.get(id);
    if (!node) throw new Error(`Firework ${id} is not there`);
    return node;
  }
}

function standingOf(row: NodeRow): Standing {
  return { state: row.state, lane: row.lane, leaf: row.children === 0 };
}

/** What counts of done parents change by: one write for all children that change alike, however many parents did. */
class ParentTallies {
  readonly #steps = new Map<FwId, { completed: number; fizzled: number }>();

  note({ from, to, children }: { from: State; to: State; children(): FwId[] }): void {
    const completed = Number(to === 'COMPLETED') - Number(from === 'COMPLETED');
    const fizzled = Number(to === 'FIZZLED') - Number(from === 'FIZZLED');
    if (completed === 0 && fizzled === 0) return;
    for (const child of children()) {
      const steps = this.#steps.get(child) ?? { completed: 0, fizzled: 0 };
      this.#steps.set(child, { completed: steps.completed + completed, fizzled: steps.fizzled + fizzled });
    }
  }

  write(database: Connection): void {
    for (const [completed, children] of grouped(this.#steps, ([, steps]) => steps.completed)) {
      for (const [fizzled, alike] of grouped(children, ([, steps]) => steps.fizzled)) {
        if (completed === 0 && fizzled === 0) continue;
        database.run(addToParents, completed, fizzled, idList(alike.map(([child]) => child)));
      }
    }
  }
}
