import { SkyrocketError } from './errors.ts';
import type { FwId } from './ids.ts';
import { findCycle, parentsOf } from './links.ts';
import type { NewWorkflow } from './records.ts';

/**
 * A Workflow as it is to be stored (format §1.4): checked, its Fireworks in the order in which ids are drawn (oldest id
 * first), roots READY and the others in the file's state, an entry in `links` for each Firework, no link twice.
 * @throws SkyrocketError BAD_WORKFLOW naming duplicate ids, unknown ids in links, or a cycle.
 */
export function prepareWorkflow(workflow: NewWorkflow): NewWorkflow {
  const { fireworks, links } = orderedWorkflow(workflow);
  const parents = parentsOf(links);
  return {
    ...workflow,
    links,
    fireworks: fireworks.map((firework) =>
      parents.has(firework.fwId) ? firework : { ...firework, state: 'READY' },
    ),
  };
}

/** A Workflow as {@link prepareWorkflow} returns it, its states as given. @throws SkyrocketError BAD_WORKFLOW */
export function orderedWorkflow(workflow: NewWorkflow): Pick<NewWorkflow, 'fireworks' | 'links'> {
  const fireworks = [...workflow.fireworks].sort((a, b) => a.fwId - b.fwId);
  if (fireworks.length === 0) throw badWorkflow(workflow, 'it has no Firework; give it at least one');
  const links = new Map<FwId, FwId[]>();
  const repeated = new Set<FwId>();
  for (const { fwId } of fireworks) {
    if (links.has(fwId)) repeated.add(fwId);
    links.set(fwId, []);
  }
  if (repeated.size > 0)
    throw badWorkflow(workflow, `several Fireworks have the fw_id ${list(repeated)}; give each its own`);
  const unknown = new Set<FwId>();
  for (const [parent, children] of workflow.links) {
    for (const id of [parent, ...children]) if (!links.has(id)) unknown.add(id);
    links.set(parent, [...new Set(children)]);
  }
  if (unknown.size > 0) {
    throw badWorkflow(workflow, `its links name ${list(unknown)}, but no Firework has that fw_id`);
  }
  const cycle = findCycle(links);
  if (cycle) throw badWorkflow(workflow, `its links form a cycle: ${cycleText(cycle)}`);
  return { fireworks, links };
}

function badWorkflow(workflow: NewWorkflow, what: string): SkyrocketError {
  return new SkyrocketError('BAD_WORKFLOW', `Workflow ${JSON.stringify(workflow.name)}: ${what}`);
}

/** How many ids a sentence names before it says "and so many more". */
const idsNamed = 10;

function list(ids: Set<FwId>): string {
  const named = [...ids].slice(0, idsNamed).join(', ');
  return ids.size > idsNamed ? `${named} and ${ids.size - idsNamed} more` : named;
}

function cycleText(cycle: FwId[]): string {
  const closed = [...cycle, cycle[0]];
  if (closed.length <= idsNamed) return closed.join(' -> ');
  return `${closed.slice(0, idsNamed - 1).join(' -> ')} -> … (${cycle.length} Fireworks) -> ${cycle[0]}`;
}
