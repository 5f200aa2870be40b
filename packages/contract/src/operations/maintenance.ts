import { Type } from 'typebox';
import type { Maintenance } from '../maintenance.ts';
import { NewWorkflowSchema } from '../schemas/records.ts';
import {
  count,
  fwIdSchema,
  launchIdSchema,
  listOf,
  mapOf,
  moment,
  oneOf,
  record,
  text,
  userMap,
  word,
} from '../schemas/values.ts';
import type { OperationsOf } from './operation.ts';

const key = word();
const fwIds = listOf(fwIdSchema());
const silentSeconds = Type.Number({ minimum: 0 });

/** The operations of `Maintenance`. */
export const maintenanceOperations = {
  countByPeriod: {
    role: 'reader',
    effect: 'reads',
    summary: 'Counts Fireworks, Workflows or Launches by state and period.',
    request: record({
      collection: oneOf(['fws', 'wflows', 'launches']),
      period: oneOf(['minutes', 'hours', 'days', 'months', 'years']),
      since: moment(),
      filter: Type.Optional(userMap()),
    }),
    reply: record({ counts: listOf(record({ period: text(), state: text(), count: count() })) }),
  },
  findLostRuns: {
    role: 'reader',
    effect: 'reads',
    summary: 'Finds Launches that nobody speaks for any more.',
    request: record({ silentSeconds }),
    reply: record({
      launches: listOf(
        record({
          launchId: launchIdSchema(),
          fwId: fwIdSchema(),
          startedOn: moment(),
          heardOn: moment(),
        }),
      ),
      inconsistent: fwIds,
    }),
  },
  declareLost: {
    role: 'user',
    effect: 'changes',
    summary: 'Makes lost Launches FIZZLED, and runs their Fireworks again if asked to.',
    request: record({
      key,
      silentSeconds,
      launchIds: listOf(launchIdSchema()),
      afterwards: oneOf(['stop', 'rerun']),
    }),
    reply: record({
      lost: listOf(record({ launchId: launchIdSchema(), fwId: fwIdSchema(), reran: Type.Boolean() })),
    }),
  },
  explainLost: {
    role: 'user',
    effect: 'changes',
    summary:
      'Adds to lost Launches why their jobs ended, and reruns their Fireworks where that is asked for.',
    request: record({
      key,
      ends: listOf(
        record({
          launchId: launchIdSchema(),
          cause: word(),
          words: text(),
          afterwards: oneOf(['stop', 'rerun']),
        }),
      ),
    }),
    reply: record({
      explained: listOf(
        record({ launchId: launchIdSchema(), fwId: fwIdSchema(), cause: text(), reran: Type.Boolean() }),
      ),
    }),
  },
  findOrphans: {
    role: 'reader',
    effect: 'reads',
    summary: 'Finds Fireworks that no Workflow has.',
    request: record({}),
    reply: record({ fwIds }),
  },
  deleteOrphans: {
    role: 'admin',
    effect: 'changes',
    summary: 'Deletes Fireworks that no Workflow has.',
    request: record({ key, fwIds }),
    reply: record({ fwIds, launchIds: listOf(launchIdSchema()), launchDirs: listOf(text()) }),
  },
  unlock: {
    role: 'admin',
    effect: 'changes',
    summary: 'Takes the locks of other programs off Workflows.',
    request: record({ key, fwIds }),
    reply: record({ unlocked: fwIds }),
  },
  tuneUp: {
    role: 'admin',
    effect: 'changes',
    summary: 'Makes indexes that are missing, and gives unused space back if asked to.',
    request: record({ key, extent: oneOf(['indexes', 'full']) }),
    reply: record({ done: listOf(text()) }),
  },
  inspect: {
    role: 'reader',
    effect: 'reads',
    summary: 'Looks for what is wrong with the launchpad itself.',
    request: record({}),
    reply: record({
      facts: listOf(record({ name: text(), value: text() })),
      findings: listOf(record({ problem: text(), remedy: text() })),
    }),
  },
  importWorkflows: {
    role: 'admin',
    effect: 'changes',
    summary: 'Stores Workflows of another launchpad, each once.',
    request: record({
      source: record({ launchpad: word(), nextFwId: count(), nextLaunchId: count() }),
      workflows: listOf(NewWorkflowSchema),
    }),
    reply: record({
      results: listOf(
        record({
          outcome: oneOf(['kept', 'mapped', 'known']),
          idMap: mapOf(fwIdSchema(), fwIdSchema()),
        }),
      ),
    }),
  },
} as const satisfies OperationsOf<Maintenance>;
