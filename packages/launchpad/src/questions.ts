import type {
  FindFireworks,
  FindWorkflows,
  FoundFireworks,
  FoundWorkflows,
  WorkflowDump,
} from '@skyrocket/contract/questions';
import type { Runtimes } from '@skyrocket/contract/reservations';
import { checkQuery } from '@skyrocket/model/check-query';
import type { FwId } from '@skyrocket/model/ids';
import { launchTimes } from '@skyrocket/model/launch-document';
import type { UserMap } from '@skyrocket/model/user-data';
import { noSuchFirework } from './store/claimed.ts';
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

/** So many of the latest Launches tell how long the next one may take. */
const launchesToLearnFrom = 30;

export async function findRuntimes(
  store: Store,
  { names }: { names: string[] },
): Promise<{ runtimes: Runtimes[] }> {
  const runtimes: Runtimes[] = [];
  for (const name of new Set(names)) {
    const { fireworks } = await store.findFireworks({
      filter: new Map([
        ['name', name],
        ['state', 'COMPLETED'],
      ]),
      sort: { field: 'updated_on', direction: 'descending' },
      limit: launchesToLearnFrom,
      fields: 'launches',
    });
    const seconds = fireworks.flatMap(({ launchRecords }) => {
      const last = launchRecords.at(-1);
      return (last && launchTimes(last.history).runtimeSeconds) ?? [];
    });
    if (seconds.length > 0) runtimes.push({ name, seconds });
  }
  return { runtimes };
}

/** @throws SkyrocketError NOT_FOUND */
export async function dumpWorkflow(store: Store, { fwId }: { fwId: FwId }): Promise<WorkflowDump> {
  const { workflows } = await store.findWorkflows({ fwIds: [fwId], fields: 'summary' });
  const [workflow] = workflows;
  if (!workflow) {
    const { location } = await store.identity();
    throw noSuchFirework(fwId, location);
  }
  const { fireworks } = await store.findFireworks({ fwIds: workflow.nodes, fields: 'all' });
  return { workflow, fireworks };
}

function checkFilters(...filters: (UserMap | undefined)[]): void {
  for (const filter of filters) if (filter) checkQuery(filter);
}
