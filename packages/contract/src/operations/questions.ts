import { Type } from 'typebox';
import type { Questions } from '../questions.ts';
import {
  FoundFireworkSchema,
  FoundWorkflowSchema,
  LaunchSchema,
  WorkflowSchema,
} from '../schemas/records.ts';
import { launchIds } from '../schemas/requests.ts';
import { count, fwIdSchema, listOf, oneOf, record, text, userMap } from '../schemas/values.ts';
import type { OperationsOf } from './operation.ts';

const sort = record({
  field: oneOf(['created_on', 'updated_on']),
  direction: oneOf(['ascending', 'descending']),
});

/** The operations of `Questions`. */
export const questionsOperations = {
  findFireworks: {
    role: 'reader',
    effect: 'reads',
    summary: 'Finds Fireworks by ids, MongoDB filters and reservation.',
    request: record({
      fwIds: Type.Optional(listOf(fwIdSchema())),
      filter: Type.Optional(userMap()),
      launchFilter: Type.Optional(userMap()),
      workflowFilter: Type.Optional(userMap()),
      reservationId: Type.Optional(text()),
      sort: Type.Optional(sort),
      limit: Type.Optional(count()),
      fields: oneOf(['count', 'ids', 'summary', 'launches', 'all']),
    }),
    reply: record({ count: count(), fireworks: listOf(FoundFireworkSchema) }),
  },
  findWorkflows: {
    role: 'reader',
    effect: 'reads',
    summary: 'Finds Workflows by ids of their Fireworks and a MongoDB filter.',
    request: record({
      fwIds: Type.Optional(listOf(fwIdSchema())),
      filter: Type.Optional(userMap()),
      sort: Type.Optional(sort),
      limit: Type.Optional(count()),
      fields: oneOf(['count', 'ids', 'summary', 'launches']),
    }),
    reply: record({ count: count(), workflows: listOf(FoundWorkflowSchema) }),
  },
  findLaunches: {
    role: 'reader',
    effect: 'reads',
    summary: 'Gives Launches by their ids.',
    request: record({ launchIds }),
    reply: record({ launches: listOf(LaunchSchema) }),
  },
  dumpWorkflow: {
    role: 'reader',
    effect: 'reads',
    summary: 'Gives the whole Workflow that holds a Firework.',
    request: record({ fwId: fwIdSchema() }),
    reply: record({ workflow: WorkflowSchema, fireworks: listOf(FoundFireworkSchema) }),
  },
} as const satisfies OperationsOf<Questions>;
