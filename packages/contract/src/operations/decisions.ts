import { Type } from 'typebox';
import type { Decisions } from '../decisions.ts';
import { SkippedSchema } from '../schemas/records.ts';
import { launchIds, onFireworks } from '../schemas/requests.ts';
import { fwIdSchema, listOf, oneOf, record, userMap } from '../schemas/values.ts';
import type { OperationsOf } from './operation.ts';

const decision = record({ changed: listOf(fwIdSchema()), skipped: listOf(SkippedSchema) });

/** The operations of `Decisions`. */
export const decisionsOperations = {
  rerun: {
    role: 'user',
    effect: 'changes',
    summary: 'Runs Fireworks again, and resets their descendants.',
    request: record({
      ...onFireworks,
      taskLevel: Type.Optional(
        record({
          launchIds: Type.Optional(launchIds),
          files: oneOf(['none', 'copy', 'previous-directory']),
        }),
      ),
      exceptionDetails: Type.Optional(oneOf(['keep', 'drop'])),
    }),
    reply: decision,
  },
  pause: userDecision('Pauses Fireworks.'),
  resume: userDecision('Lets paused Fireworks go on.'),
  defuse: userDecision('Defuses Fireworks; those that were claimed or done are rerun first.'),
  reignite: userDecision('Takes Fireworks out of DEFUSED.'),
  archive: userDecision('Archives whole Workflows, for good.'),
  setPriority: {
    role: 'user',
    effect: 'changes',
    summary: 'Sets the priority of Fireworks.',
    request: record({ ...onFireworks, priority: Type.Number() }),
    reply: decision,
  },
  updateSpecs: {
    role: 'user',
    effect: 'changes',
    summary: 'Changes specs of Fireworks that are not claimed, running or done.',
    request: record({ ...onFireworks, set: userMap(), update: Type.Optional(userMap()) }),
    reply: decision,
  },
  refresh: userDecision('Brings Fireworks to the state that their parents and Launches give them.'),
} as const satisfies OperationsOf<Decisions>;

function userDecision(summary: string) {
  const request = record(onFireworks);
  return { role: 'user', effect: 'changes', summary, request, reply: decision } as const;
}
