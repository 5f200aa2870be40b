import type { IdMap } from '@skyrocket/contract/workflows';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { ObjectId } from 'mongodb';
import type { FireworkToAdd, WorkflowToAdd } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import { assertFits, surelyFits } from './document-size.ts';
import { newFireworkDocument } from './documents.ts';
import { drawIds } from './draw-ids.ts';
import { workflowDocument } from './new-workflow.ts';

/**
 * Workflows that are to be added, with the ids that were drawn for them. All of it can be stored: most documents are made
 * only when they are sent, so that the server has work meanwhile.
 */
export interface PlacedWorkflows {
  idMaps: IdMap[];
  fireworks: PlacedFirework[];
  workflows: { workflow: WorkflowToAdd; id: ObjectId; ids: IdMap }[];
  /** With the ids that they have here. */
  launches: LaunchRecord[];
  /** Fireworks that become claimable by the last write. */
  ready: FwId[];
  now: Timestamp;
}

export interface PlacedFirework {
  firework: FireworkToAdd;
  id: FwId;
  launches: LaunchId[];
  archivedLaunches: LaunchId[];
}

/** Draws the ids. @throws TOO_LARGE when there is something that MongoDB could not keep */
export async function placeWorkflows(
  connection: MongoConnection,
  workflows: WorkflowToAdd[],
): Promise<PlacedWorkflows> {
  const all = workflows.flatMap((workflow) => workflow.fireworks);
  const launchCount = all.reduce((sum, one) => sum + one.launches.length + one.archivedLaunches.length, 0);
  const placed: PlacedWorkflows = {
    ...{ idMaps: [], fireworks: [], workflows: [], launches: [], ready: [] },
    now: connection.now(),
  };
  let nextFwId = await drawIds(connection, 'next_fw_id', all.length);
  let nextLaunchId = launchCount === 0 ? 0 : await drawIds(connection, 'next_launch_id', launchCount);
  const takeLaunches = (records: LaunchRecord[], id: FwId): LaunchId[] =>
    records.map((record) => {
      const drawn = launchId(nextLaunchId++);
      placed.launches.push({ ...record, launchId: drawn, fwId: id });
      return drawn;
    });
  for (const workflow of workflows) {
    const ids: IdMap = new Map();
    for (const firework of workflow.fireworks) {
      const id = fwId(nextFwId++);
      ids.set(firework.fwId, id);
      if (firework.state === 'READY') placed.ready.push(id);
      const launches = takeLaunches(firework.launches, id);
      const archivedLaunches = takeLaunches(firework.archivedLaunches, id);
      placed.fireworks.push({ firework, id, launches, archivedLaunches });
    }
    placed.idMaps.push(ids);
    placed.workflows.push({ workflow, id: new ObjectId(), ids });
  }
  assertStorable(placed);
  return placed;
}

/** What might not fit is made into its document, which tells. */
function assertStorable({ fireworks, workflows, now }: PlacedWorkflows): void {
  for (const placed of fireworks) {
    const { name, spec } = placed.firework;
    const launchBytes = 16 * (placed.launches.length + placed.archivedLaunches.length);
    if (surelyFits([name, spec], launchBytes + fixedBytes)) continue;
    assertFits(waitingDocument(placed, now), `Firework ${placed.firework.fwId} (${name})`);
  }
  for (const { workflow, ...as } of workflows) {
    const { name, metadata, fireworks: members, links } = workflow;
    let memberBytes = members.length * bytesOfMember;
    for (const children of links.values()) memberBytes += 2 * children.length * bytesOfMember;
    if (!surelyFits([name, metadata], memberBytes + fixedBytes)) workflowDocument(workflow, { ...as, now });
  }
}

/** Of the members that every document has. */
const fixedBytes = 1024;

/** Of one id in a Workflow: keys, states, brackets. */
const bytesOfMember = 128;

/** READY ones too are WAITING, not claimable, before all else is there; setting what is there keeps its place. */
export function waitingDocument({ firework, ...as }: PlacedFirework, now: Timestamp): Map<string, unknown> {
  const document = newFireworkDocument(firework, { ...as, state: firework.state, now });
  return firework.state === 'READY' ? document.set('state', 'WAITING') : document;
}
