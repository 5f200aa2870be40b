import type { AgentId } from '@skyrocket/contract/agents';
import type { Imported, LostLaunchFound, Maintenance } from '@skyrocket/contract/maintenance';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { WorkflowToAdd } from './store.ts';

/** What a Store does for those who look after a launchpad. */
export interface MaintenanceStore {
  /** The filter has passed `checkQuery`. */
  countByPeriod: Maintenance['countByPeriod'];
  /** RUNNING Launches that their Firework holds, RUNNING too, and that were not heard of for so long. */
  findSilentLaunches(request: { silentSeconds: number }): Promise<SilentLaunch[]>;
  /** RESERVED Launches that their Firework holds, RESERVED too, and that were reserved for so long. */
  findStaleReservations(request: { olderThanSeconds: number }): Promise<HeldLaunch[]>;
  /** Fireworks that are RUNNING while a Launch that they hold has ended. */
  findInconsistent(): Promise<FwId[]>;
  findOrphans(): Promise<FwId[]>;
  deleteOrphans: Maintenance['deleteOrphans'];
  unlock: Maintenance['unlock'];
  tuneUp: Maintenance['tuneUp'];
  inspect: Maintenance['inspect'];
  /**
   * Stores Workflows of another launchpad: see `Maintenance`. The launchpad itself may be the source: what is there is
   * known then, and what was deleted comes back.
   */
  importWorkflows(request: WorkflowsToImport): Promise<{ results: Imported[] }>;
}

export interface HeldLaunch {
  launchId: LaunchId;
  fwId: FwId;
  /** The agent of ours that claimed it; null: another program did, or it is reserved for a job. */
  agentId: AgentId | null;
}

export interface SilentLaunch extends LostLaunchFound, HeldLaunch {}

export interface WorkflowsToImport {
  source: { launchpad: string; nextFwId: number; nextLaunchId: number };
  workflows: WorkflowToAdd[];
}

/** Names a Workflow of a source: its members only become more, and new ones have higher ids. */
export function firstOf({ fireworks }: WorkflowToAdd): FwId {
  const [first] = fireworks.map(({ fwId }) => fwId).sort((a, b) => a - b);
  if (first === undefined) throw new Error('a Workflow without Fireworks was to be imported');
  return first;
}

/** Whether all ids of a Workflow are among those that are kept. */
export function keepsIds(
  { fireworks }: WorkflowToAdd,
  kept: { fwIdsBelow: number; launchIdsBelow: number },
): boolean {
  return fireworks.every(
    ({ fwId, launches, archivedLaunches }) =>
      fwId > 0 &&
      fwId < kept.fwIdsBelow &&
      [...launches, ...archivedLaunches].every(
        ({ launchId }) => launchId > 0 && launchId < kept.launchIdsBelow,
      ),
  );
}
