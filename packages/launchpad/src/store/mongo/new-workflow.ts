import type { IdMap } from '@skyrocket/contract/workflows';
import type { FwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { isTruthy } from '@skyrocket/model/user-data';
import { workflowState } from '@skyrocket/model/workflow-state';
import type { ObjectId } from 'mongodb';
import type { WorkflowToAdd } from '../store.ts';
import { assertFits } from './document-size.ts';
import { newWorkflowDocument } from './documents.ts';

/** A Workflow to be inserted. @throws TOO_LARGE when MongoDB could not keep it */
export function workflowDocument(
  workflow: WorkflowToAdd,
  { id, ids, now }: { id: ObjectId; ids: IdMap; now: Timestamp },
): Map<string, unknown> {
  const states = new Map<FwId, State>(workflow.fireworks.map((one) => [newId(ids, one.fwId), one.state]));
  const links = new Map<FwId, FwId[]>();
  for (const member of states.keys()) links.set(member, []);
  for (const [parent, children] of workflow.links) {
    links.set(
      newId(ids, parent),
      children.map((child) => newId(ids, child)),
    );
  }
  const document = newWorkflowDocument({
    name: workflow.name,
    metadata: workflow.metadata,
    state: stateOfNew(workflow),
    states,
    links,
    createdOn: workflow.createdOn ?? now,
    updatedOn: workflow.updatedOn ?? now,
  });
  const identified = new Map<string, unknown>([['_id', id], ...document]);
  assertFits(identified, `Workflow ${JSON.stringify(workflow.name)} with ${states.size} Fireworks`);
  return identified;
}

function stateOfNew({ fireworks, links }: WorkflowToAdd): State {
  const counts: Partial<Record<State, number>> = {};
  for (const { state } of fireworks) counts[state] = (counts[state] ?? 0) + 1;
  const childrenOf = (id: FwId) => links.get(id) ?? [];
  return workflowState({
    total: fireworks.length,
    states: counts,
    openLeaves: fireworks.filter((one) => one.state !== 'COMPLETED' && childrenOf(one.fwId).length === 0)
      .length,
    fizzledBlocks: () => {
      const allows = new Map(
        fireworks.map((one) => [one.fwId, isTruthy(one.spec.get('_allow_fizzled_parents'))]),
      );
      return fireworks.some(({ fwId: id, state }) => {
        const children = childrenOf(id);
        return state === 'FIZZLED' && (children.length === 0 || children.some((child) => !allows.get(child)));
      });
    },
  });
}

function newId(ids: IdMap, old: FwId): FwId {
  const id = ids.get(old);
  if (id === undefined) throw new Error(`a link names Firework ${old}, which is not in the Workflow`);
  return id;
}
