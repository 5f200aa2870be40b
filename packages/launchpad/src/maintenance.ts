import type { DeclareLost, Inspection, Maintenance } from '@skyrocket/contract/maintenance';
import { checkQuery } from '@skyrocket/model/check-query';
import type { FwId } from '@skyrocket/model/ids';
import { orderedWorkflow } from '@skyrocket/model/insert';
import type { NewWorkflow } from '@skyrocket/model/records';
import { withLaunchRecords } from './adding.ts';
import { explainLost } from './explain-lost.ts';
import type { LeaseTerms } from './lease-terms.ts';
import { declareSilentLost, findLostRuns, findSilent } from './lost-runs.ts';
import type { Store, WorkflowToAdd } from './store/store.ts';

/** The operations of those who look after a launchpad. */
export function maintenance(store: Store, terms: LeaseTerms): Maintenance {
  return {
    async countByPeriod(request) {
      if (request.filter) checkQuery(request.filter);
      return store.countByPeriod(request);
    },
    findLostRuns: ({ silentSeconds }) => findLostRuns(store, terms, silentSeconds),
    declareLost: (request) => declareLost(store, terms, request),
    explainLost: (request) => explainLost(store, request),
    findOrphans: async () => ({ fwIds: await store.findOrphans() }),
    deleteOrphans: (request) => store.deleteOrphans(request),
    unlock: (request) => store.unlock(request),
    tuneUp: (request) => store.tuneUp(request),
    inspect: () => inspect(store),
    importWorkflows: async ({ source, workflows }) =>
      store.importWorkflows({ source, workflows: workflows.map(workflowToImport) }),
  };
}

/** By the very terms by which they were found; the others are passed over. */
async function declareLost(
  store: Store,
  terms: LeaseTerms,
  { key, launchIds, afterwards, silentSeconds }: DeclareLost,
): ReturnType<Maintenance['declareLost']> {
  const named = new Set(launchIds);
  const silent = (await findSilent(store, terms, silentSeconds)).filter(({ launchId }) =>
    named.has(launchId),
  );
  return declareSilentLost(store, { key, launchIds, silent, afterwards });
}

/** What both kinds of launchpads can have, and what the store finds. */
async function inspect(store: Store): Promise<Inspection> {
  const { facts, findings } = await store.inspect();
  const inconsistent = await store.findInconsistent();
  const orphans = await store.findOrphans();
  return {
    facts,
    findings: [
      ...findings,
      ...findingOf(inconsistent, 'are RUNNING though a Launch of theirs has ended', 'lpad admin maintain'),
      ...findingOf(orphans, 'belong to no Workflow', 'lpad admin orphaned --remove'),
    ],
  };
}

/** So many ids are named. */
const idsNamed = 10;

function findingOf(fwIds: FwId[], what: string, command: string): Inspection['findings'] {
  if (fwIds.length === 0) return [];
  const more = fwIds.length > idsNamed ? ` and ${fwIds.length - idsNamed} more` : '';
  const problem = `the Fireworks ${fwIds.slice(0, idsNamed).join(', ')}${more} ${what}`;
  return [{ problem, remedy: `run ${command}` }];
}

/** States as they are, unlike those of a file that is added: what was COMPLETED there is so here. */
function workflowToImport(workflow: NewWorkflow): WorkflowToAdd {
  const { fireworks, links } = orderedWorkflow(workflow);
  return withLaunchRecords({ ...workflow, fireworks, links });
}
