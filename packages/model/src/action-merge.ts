import { emptyAction, type FWAction } from './action.ts';

/**
 * The action of a Launch after one more of its tasks (format §5): stored_data and update_spec are merged, later tasks
 * win; mod_spec is concatenated; all else is what the last executed task said. Neither argument is changed.
 */
export function mergeActions(sum: FWAction, next: Partial<FWAction>): FWAction {
  return {
    ...emptyAction(),
    ...next,
    storedData: new Map([...sum.storedData, ...(next.storedData ?? [])]),
    updateSpec: new Map([...sum.updateSpec, ...(next.updateSpec ?? [])]),
    modSpec: [...sum.modSpec, ...(next.modSpec ?? [])],
  };
}

/** Whether the remaining tasks of the Firework are skipped after this action (format §5). */
export function endsFirework(action: Partial<FWAction>): boolean {
  return Boolean(
    action.exit ||
      action.defuseChildren ||
      action.defuseWorkflow ||
      action.additions?.length ||
      action.detours?.length ||
      action.appendWorkflows?.length,
  );
}
