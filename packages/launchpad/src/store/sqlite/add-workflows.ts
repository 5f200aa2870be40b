import type { IdMap } from '@skyrocket/contract/workflows';
import { type FwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { FireworkToAdd, WorkflowToAdd } from '../store.ts';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { insertFirework } from './firework-insertion.ts';
import { idList } from './firework-rows.ts';
import { drawIds } from './ids.ts';
import { fworkerRow } from './launch-columns.ts';
import { insertLaunchRecord } from './launch-rows.ts';
import { StateLedger } from './state-ledger.ts';

const insertWorkflow = `
INSERT INTO workflows (name, state, metadata, created_on, updated_on) VALUES (?, 'READY', ?, ?, ?) RETURNING workflow`;

/** A Workflow whose ids are settled. The functions store Launches of a Firework and give the column of their ids. */
interface IdentifiedWorkflow {
  workflow: WorkflowToAdd;
  ids: IdMap;
  active(holder: FwId, launches: LaunchRecord[]): string;
  archived(holder: FwId, launches: LaunchRecord[]): string;
}

/** Stores Workflows and draws their ids, inside one transaction. */
export function addWorkflows(database: Connection, workflows: WorkflowToAdd[], now: Timestamp): IdMap[] {
  const addAll = (holder: FwId, launches: LaunchRecord[]) => addLaunches(database, holder, launches);
  const identified = workflows.map((workflow): IdentifiedWorkflow => {
    const first = drawIds(database, 'next_fw_id', workflow.fireworks.length);
    const ids: IdMap = new Map(workflow.fireworks.map(({ fwId }, index) => [fwId, (first + index) as FwId]));
    return { workflow, ids, active: addAll, archived: addAll };
  });
  addWithIds(database, identified, now);
  return identified.map(({ ids }) => ids);
}

/** Stores Workflows under these ids, inside one transaction. */
export function addWithIds(database: Connection, workflows: IdentifiedWorkflow[], now: Timestamp): void {
  const ledger = new StateLedger(database);
  for (const workflow of workflows) addWorkflow(database, workflow, { ledger, now });
  ledger.settle(now);
  for (const { workflow, ids } of workflows) {
    if (workflow.updatedOn) keepUpdatedOn(database, ids, workflow.updatedOn);
  }
}

function addWorkflow(
  database: Connection,
  { workflow, ids, active, archived }: IdentifiedWorkflow,
  { ledger, now }: { ledger: StateLedger; now: Timestamp },
): void {
  const row = database.get<{ workflow: number }>(
    insertWorkflow,
    toColumn(workflow.name),
    stringifyJson(workflow.metadata),
    workflow.createdOn ?? now,
    workflow.updatedOn ?? now,
  );
  if (!row) throw new Error('a Workflow was not stored');
  const links = new LinkTallies(workflow);
  for (const firework of workflow.fireworks) {
    const id = newId(ids, firework.fwId);
    const launches = {
      active: active(id, firework.launches),
      archived: archived(id, firework.archivedLaunches),
    };
    const linked = links.of(firework.fwId);
    const standing = insertFirework(database, {
      id,
      workflow: row.workflow,
      firework,
      now,
      launches,
      linked,
    });
    ledger.move(row.workflow, null, standing);
  }
  for (const [parent, children] of workflow.links) {
    for (const [position, child] of children.entries()) {
      database.run(
        'INSERT INTO links (parent, child, position) VALUES (?, ?, ?)',
        newId(ids, parent),
        newId(ids, child),
        position,
      );
    }
  }
}

/** Launches of a dumped file get ids of this launchpad. Nobody holds a lease on them. */
function addLaunches(database: Connection, fwId: FwId, launches: LaunchRecord[]): string {
  if (launches.length === 0) return '[]';
  const first = drawIds(database, 'next_launch_id', launches.length);
  const ids: LaunchId[] = launches.map((launch, index) => {
    const id = launchId(first + index);
    const fworker = fworkerRow(database, launch.fworker);
    insertLaunchRecord(database, { ...launch, launchId: id, fwId }, { agent: null, fworker });
    return id;
  });
  return idList(ids);
}

/** Settling the ledger makes `updated_on` the present moment; that of a file is kept. */
function keepUpdatedOn(database: Connection, ids: IdMap, updatedOn: Timestamp): void {
  const [first] = ids.values();
  if (first === undefined) return;
  database.run(
    'UPDATE workflows SET updated_on = ? WHERE workflow = (SELECT workflow FROM fireworks WHERE fw_id = ?)',
    updatedOn,
    first,
  );
}

function newId(ids: IdMap, old: FwId): FwId {
  const id = ids.get(old);
  if (id === undefined) throw new Error(`a link names Firework ${old}, which is not in the Workflow`);
  return id;
}

/** How many links lead to and from each Firework of a new Workflow. */
class LinkTallies {
  readonly #tallies = new Map<
    FwId,
    { parents: number; completed: number; fizzled: number; children: number }
  >();

  constructor({ fireworks, links }: { fireworks: FireworkToAdd[]; links: Map<FwId, FwId[]> }) {
    const states = new Map<FwId, State>(fireworks.map(({ fwId, state }) => [fwId, state]));
    for (const [parent, children] of links) {
      this.of(parent).children += children.length;
      const state = states.get(parent);
      for (const child of children) {
        const tally = this.of(child);
        tally.parents += 1;
        tally.completed += Number(state === 'COMPLETED');
        tally.fizzled += Number(state === 'FIZZLED');
      }
    }
  }

  of(id: FwId): { parents: number; completed: number; fizzled: number; children: number } {
    const kept = this.#tallies.get(id);
    if (kept) return kept;
    const tally = { parents: 0, completed: 0, fizzled: 0, children: 0 };
    this.#tallies.set(id, tally);
    return tally;
  }
}
