import { DocumentFault, type DocumentPath } from './document-fault.ts';
import type { FwId } from './ids.ts';
import { findCycle, parentsOf } from './links.ts';
import type { NewWorkflow } from './records.ts';

/**
 * A Workflow as it is to be stored (format §1.4): checked, its Fireworks in the order in which ids are drawn (oldest id
 * first), roots READY and the others in the file's state, an entry in `links` for each Firework, no link twice.
 * @throws DocumentFault BAD_WORKFLOW naming duplicate ids, unknown ids in links, or a cycle.
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

/** A Workflow as {@link prepareWorkflow} returns it, its states as given. @throws DocumentFault BAD_WORKFLOW */
export function orderedWorkflow(workflow: NewWorkflow): Pick<NewWorkflow, 'fireworks' | 'links'> {
  const fireworks = [...workflow.fireworks].sort((a, b) => a.fwId - b.fwId);
  if (fireworks.length === 0) throw bad(['fws'], 'a Workflow needs at least one Firework');
  const links = new Map<FwId, FwId[]>(fireworks.map(({ fwId }) => [fwId, []]));
  if (links.size < fireworks.length) throw repeatedIds(workflow);
  for (const [parent, children] of workflow.links) {
    if (!links.has(parent) || !children.every((child) => links.has(child))) throw unknownIds(workflow, links);
    links.set(parent, [...new Set(children)]);
  }
  const cycle = findCycle(links);
  if (cycle) throw bad(linkPath(workflow, cycle), `the links form a cycle: ${cycleText(cycle)}`);
  return { fireworks, links };
}

const bad = (path: DocumentPath, sentence: string) => new DocumentFault('BAD_WORKFLOW', path, sentence);

/** Told where the second of those Fireworks stands. */
function repeatedIds({ fireworks }: NewWorkflow): DocumentFault {
  const known = new Set<FwId>();
  const repeated = new Set<FwId>();
  let second = -1;
  fireworks.forEach(({ fwId }, i) => {
    if (!known.has(fwId)) known.add(fwId);
    else if (repeated.add(fwId).size === 1 && second < 0) second = i;
  });
  return bad(
    ['fws', second, 'fw_id'],
    `several Fireworks have the fw_id ${list(repeated)}; give each its own`,
  );
}

/** Told where the first of them stands. */
function unknownIds(workflow: NewWorkflow, known: ReadonlyMap<FwId, unknown>): DocumentFault {
  const links = [...workflow.links];
  const unknown = new Set(links.flat(2).filter((id) => !known.has(id)));
  const [parent, children = []] = links.find((link) => link.flat().some((id) => unknown.has(id))) ?? [];
  const child =
    parent !== undefined && unknown.has(parent) ? undefined : children.find((id) => unknown.has(id));
  return bad(
    linkPath(workflow, [parent, child]),
    `the links name ${list(unknown)}, but no Firework has that fw_id`,
  );
}

/** Where the link from the first of these to the second stands, or the entry of the first. */
function linkPath({ links }: NewWorkflow, [parent, child = parent]: (FwId | undefined)[]): DocumentPath {
  const at = parent === undefined || child === undefined ? -1 : (links.get(parent)?.indexOf(child) ?? -1);
  return at < 0 ? ['links', String(parent)] : ['links', String(parent), at];
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
