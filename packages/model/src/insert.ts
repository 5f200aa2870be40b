import type { NewWorkflow } from './records.ts';

/**
 * A Workflow as it is to be stored (format §1.4): checked, its Fireworks in the order in which ids are drawn, roots
 * READY and the others in the file's state, an entry in `links` for each Firework, no link twice.
 * @throws SkyrocketError BAD_WORKFLOW naming duplicate ids, unknown ids in links, or a cycle.
 */
export function prepareWorkflow(_workflow: NewWorkflow): NewWorkflow {
  throw new Error('not built yet');
}
