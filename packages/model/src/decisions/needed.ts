import type { FwId, LaunchId } from '../ids.ts';
import type { Needs, WorkflowId } from '../neighbourhood.ts';

/** Gathers what a decision missed while it went on as far as it could, so that all of it is asked for at once. */
export class Needed {
  readonly nodes = new Set<FwId>();
  readonly specs = new Set<FwId>();
  readonly actions = new Set<LaunchId>();
  readonly documents = new Set<FwId>();
  readonly fizzledParents = new Set<FwId>();
  readonly descendantsOf = new Set<FwId>();
  readonly wholeWorkflows = new Set<WorkflowId>();

  /** Null when nothing was missed. */
  get needs(): Needs | null {
    const needs: Needs = {
      nodes: [...this.nodes],
      specs: [...this.specs],
      actions: [...this.actions],
      documents: [...this.documents],
      fizzledParents: [...this.fizzledParents],
      descendantsOf: [...this.descendantsOf],
      wholeWorkflows: [...this.wholeWorkflows],
    };
    return Object.values(needs).some((list) => list.length > 0) ? needs : null;
  }
}
