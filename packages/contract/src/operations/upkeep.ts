import { Type } from 'typebox';
import { agentId, key, launchIds } from '../schemas/requests.ts';
import { count, flag, fwIdSchema, launchIdSchema, listOf, record, text } from '../schemas/values.ts';
import type { Upkeep } from '../upkeep.ts';
import type { OperationsOf } from './operation.ts';

const deadAgent = record({
  agentId: agentId(),
  reason: text(),
  host: text(),
  journal: text(),
  launches: launchIds,
});

/** The operations of `Upkeep`. */
export const upkeepOperations = {
  deadAgents: {
    role: 'worker',
    effect: 'changes',
    summary: 'Names workers that are dead, and takes the right to do upkeep.',
    request: record({ key, notWithinSeconds: Type.Optional(Type.Number({ minimum: 0 })) }),
    reply: record({ agents: listOf(deadAgent), heldByAnother: flag() }),
  },
  upkeep: {
    role: 'worker',
    effect: 'changes',
    summary: 'Gives back what dead workers claimed, and declares lost what they ran.',
    request: record({ key, told: listOf(agentId()) }),
    reply: record({
      lost: listOf(record({ launchId: launchIdSchema(), fwId: fwIdSchema(), reran: flag() })),
      released: launchIds,
      finished: count(),
    }),
  },
} as const satisfies OperationsOf<Upkeep>;
