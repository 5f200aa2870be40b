import { NewWorkflowSchema } from '../schemas/records.ts';
import { key, launchIds, nothing, onFireworks } from '../schemas/requests.ts';
import { flag, fwIdSchema, listOf, mapOf, record, text } from '../schemas/values.ts';
import type { Workflows } from '../workflows.ts';
import type { OperationsOf } from './operation.ts';

const idMap = () => mapOf(fwIdSchema(), fwIdSchema());

/** The operations of `Workflows`. */
export const workflowsOperations = {
  addWorkflows: {
    role: 'user',
    effect: 'changes',
    summary: 'Adds Workflows, all or none of them, and tells the ids that their Fireworks got.',
    request: record({ key, workflows: listOf(NewWorkflowSchema) }),
    reply: record({ idMaps: listOf(idMap()) }),
  },
  appendWorkflow: {
    role: 'user',
    effect: 'changes',
    summary: 'Adds Fireworks below stored ones.',
    request: record({
      key,
      workflow: NewWorkflowSchema,
      parents: listOf(fwIdSchema()),
      detour: flag(),
      pullSpecMods: flag(),
    }),
    reply: record({ idMap: idMap() }),
  },
  deleteWorkflows: {
    role: 'user',
    effect: 'changes',
    summary: 'Deletes the whole Workflows that hold these Fireworks.',
    request: record(onFireworks),
    reply: record({ fwIds: listOf(fwIdSchema()), launchIds, launchDirs: listOf(text()) }),
  },
  reset: {
    role: 'admin',
    effect: 'changes',
    summary: 'Empties the launchpad.',
    request: record({ key }),
    reply: nothing,
  },
} as const satisfies OperationsOf<Workflows>;
