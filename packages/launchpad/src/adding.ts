import type { AddWorkflows, AppendWorkflow, IdMap } from '@skyrocket/contract/workflows';
import { appendWorkflow } from '@skyrocket/model/decisions/append-workflow';
import { SkyrocketError } from '@skyrocket/model/errors';
import { fwId } from '@skyrocket/model/ids';
import { prepareWorkflow } from '@skyrocket/model/insert';
import { launchFromDocument } from '@skyrocket/model/launch-document';
import type { LaunchRecord, NewFirework, NewWorkflow } from '@skyrocket/model/records';
import { isUserMap, type UserValue } from '@skyrocket/model/user-data';
import type { Store, WorkflowToAdd } from './store/store.ts';

/** Stores Workflows (format §1.4). @throws SkyrocketError BAD_WORKFLOW: then none of them is stored. */
export function addWorkflows(store: Store, { key, workflows }: AddWorkflows): Promise<{ idMaps: IdMap[] }> {
  return store.addWorkflows({ key, workflows: workflows.map(workflowToAdd) });
}

const workflowToAdd = (workflow: NewWorkflow) => withLaunchRecords(prepareWorkflow(workflow));

/** A Workflow whose Launches are read. @throws SkyrocketError BAD_WORKFLOW */
export function withLaunchRecords(workflow: NewWorkflow): WorkflowToAdd {
  const fireworks = workflow.fireworks.map((firework) => ({
    ...firework,
    launches: firework.launches.map((launch) => launchOf(firework, launch)),
    archivedLaunches: firework.archivedLaunches.map((launch) => launchOf(firework, launch)),
  }));
  return { ...workflow, fireworks };
}

function launchOf(firework: NewFirework, document: UserValue): LaunchRecord {
  if (isUserMap(document)) return launchFromDocument(document);
  throw new SkyrocketError(
    'BAD_WORKFLOW',
    `Firework ${firework.fwId}: its Launches are given as mappings, as lpad dump_wflow writes them; take out "launches" and "archived_launches"`,
  );
}

/** Adds Fireworks below stored ones (format §13). @throws SkyrocketError BAD_USAGE, BAD_WORKFLOW, NOT_FOUND, NOT_ALLOWED */
export async function appendToWorkflow(
  store: Store,
  { key, ...request }: AppendWorkflow,
): Promise<{ idMap: IdMap }> {
  const idMapOf = (temporaryIds: IdMap, ids: IdMap): IdMap =>
    new Map([...temporaryIds].map(([old, temporary]) => [old, ids.get(temporary) ?? temporary]));
  const decided = await store.decide<{ temporaryIds: IdMap }>(
    {
      key,
      seeds: { fwIds: request.parents, launchIds: [] },
      answer: ({ temporaryIds }, ids) => JSON.stringify([...idMapOf(temporaryIds, ids)]),
    },
    (view) => appendWorkflow(view.neighbourhood, request),
  );
  if (!decided.repeated) return { idMap: idMapOf(decided.outcome.temporaryIds, decided.ids) };
  const pairs: [number, number][] = JSON.parse(decided.answer);
  return { idMap: new Map(pairs.map(([old, id]) => [fwId(old), fwId(id)])) };
}
