import type {
  FindFireworks,
  FindWorkflows,
  FoundFireworks,
  FoundWorkflows,
  WorkflowDump,
} from '@skyrocket/contract/launchpad';
import { checkQuery } from '@skyrocket/model/check-query';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { FwId } from '@skyrocket/model/ids';
import type { UserMap } from '@skyrocket/model/user-data';
import type { Store } from './store/store.ts';

/** @throws SkyrocketError BAD_QUERY for filters that would run code or use operators that do not exist */
export async function findFireworks(store: Store, request: FindFireworks): Promise<FoundFireworks> {
  checkFilters(request.filter, request.launchFilter, request.workflowFilter);
  return store.findFireworks(request);
}

/** @throws SkyrocketError BAD_QUERY */
export async function findWorkflows(store: Store, request: FindWorkflows): Promise<FoundWorkflows> {
  checkFilters(request.filter);
  return store.findWorkflows(request);
}

/** @throws SkyrocketError NOT_FOUND */
export async function dumpWorkflow(store: Store, { fwId }: { fwId: FwId }): Promise<WorkflowDump> {
  const { workflows } = await store.findWorkflows({ fwIds: [fwId], fields: 'summary' });
  const [workflow] = workflows;
  if (!workflow) {
    const { location } = await store.identity();
    throw new SkyrocketError('NOT_FOUND', `there is no Firework ${fwId} in the launchpad ${location}`);
  }
  const { fireworks } = await store.findFireworks({ fwIds: workflow.nodes, fields: 'all' });
  return { workflow, fireworks };
}

function checkFilters(...filters: (UserMap | undefined)[]): void {
  for (const filter of filters) if (filter) checkQuery(filter);
}
