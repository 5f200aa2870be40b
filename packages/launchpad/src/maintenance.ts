import type {
  DeclareLost,
  FindLostRuns,
  Inspection,
  LostRuns,
  Maintenance,
} from '@skyrocket/contract/maintenance';
import { checkQuery } from '@skyrocket/model/check-query';
import { fizzleLostLaunches, type LostLaunch } from '@skyrocket/model/decisions/lost-launches';
import type { FwId } from '@skyrocket/model/ids';
import { orderedWorkflow } from '@skyrocket/model/insert';
import type { NewWorkflow } from '@skyrocket/model/records';
import { withLaunchRecords } from './adding.ts';
import { decideInParts, withOutcome } from './deciding.ts';
import type { LeaseTerms } from './lease-terms.ts';
import type { SilentLaunch } from './store/maintenance-store.ts';
import type { Store, WorkflowToAdd } from './store/store.ts';

/** The operations of those who look after a launchpad. */
export function maintenance(store: Store, terms: LeaseTerms): Maintenance {
  return {
    async countByPeriod(request) {
      if (request.filter) checkQuery(request.filter);
      return store.countByPeriod(request);
    },
    findLostRuns: (request) => findLostRuns(store, terms, request),
    declareLost: (request) => declareLost(store, terms, request),
    findOrphans: async () => ({ fwIds: await store.findOrphans() }),
    deleteOrphans: (request) => store.deleteOrphans(request),
    unlock: (request) => store.unlock(request),
    tuneUp: (request) => store.tuneUp(request),
    inspect: () => inspect(store),
    importWorkflows: async ({ source, workflows }) =>
      store.importWorkflows({ source, workflows: workflows.map(workflowToImport) }),
  };
}

async function findLostRuns(store: Store, terms: LeaseTerms, request: FindLostRuns): Promise<LostRuns> {
  const lost = await silentWithoutLease(store, terms, request);
  return {
    launches: lost.map(({ agentId: _agentId, ...launch }) => launch),
    inconsistent: await store.findInconsistent(),
  };
}

/** Launches of a living agent of ours are judged by its lease: it may be cut off from the launchpad and come back. */
async function silentWithoutLease(
  store: Store,
  { leaseSeconds }: LeaseTerms,
  { silentSeconds }: FindLostRuns,
): Promise<SilentLaunch[]> {
  const silent = await store.findSilentLaunches({ silentSeconds });
  if (silent.every(({ agentId }) => agentId === null)) return silent;
  const agents = await store.findAgents();
  const living = new Set(
    agents.filter((agent) => agent.silentSeconds <= leaseSeconds).map((agent) => agent.agentId),
  );
  return silent.filter(({ agentId }) => agentId === null || !living.has(agentId));
}

async function declareLost(
  store: Store,
  terms: LeaseTerms,
  { key, launchIds, afterwards, silentSeconds }: DeclareLost,
): Promise<Awaited<ReturnType<Maintenance['declareLost']>>> {
  const silent = new Map(
    (await silentWithoutLease(store, terms, { silentSeconds })).map((launch) => [launch.launchId, launch]),
  );
  const seeds = { fwIds: [], launchIds: launchIds.filter((id) => silent.has(id)) };
  const lost = await decideInParts(store, { key, seeds }, (view, part) => {
    const launches = part.launchIds.flatMap((launchId): LostLaunch[] => {
      const [found, launch] = [silent.get(launchId), view.launches.get(launchId)];
      if (!found || !launch?.active) return [];
      const { fwId, state } = launch;
      const reason = `Nothing was heard of its worker since ${found.heardOn}.`;
      return [{ launchId, fwId, recorded: state, reason, afterwards }];
    });
    const decision = fizzleLostLaunches(view.neighbourhood, { launches, now: view.now });
    return withOutcome(decision, (outcome) => outcome.lost);
  });
  return { lost: lost.flat() };
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
