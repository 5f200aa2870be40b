import { Type } from 'typebox';
import type { Agents, StartToken } from '../agents.ts';
import { CheckpointSchema, FWorkerSchema, IdentitySchema, TrackerSchema } from '../schemas/records.ts';
import { agentId, nothing } from '../schemas/requests.ts';
import { count, launchIdSchema, listOf, named, record, text, word } from '../schemas/values.ts';
import type { OperationsOf } from './operation.ts';

const token = () => named<StartToken>();

const registration = record({
  agentId: agentId(),
  fworker: FWorkerSchema,
  host: text(),
  ip: text(),
  pid: count(),
  processStart: text(),
  journal: text(),
  version: text(),
  owner: Type.Optional(word()),
  job: Type.Optional(record({ system: word(), id: word(), restarts: count() })),
});

/** The operations of `Agents`. */
export const agentsOperations = {
  registerAgent: {
    role: 'worker',
    effect: 'changes',
    summary: 'Registers a worker process; its lease begins.',
    request: registration,
    reply: record({
      launchpad: IdentitySchema,
      leaseSeconds: Type.Number(),
      heartbeatSeconds: Type.Number(),
    }),
  },
  findAgent: {
    role: 'admin',
    effect: 'reads',
    summary: 'Tells who a worker process is.',
    request: record({ agentId: agentId() }),
    reply: record({ agent: Type.Union([registration, Type.Null()]) }),
  },
  heartbeat: {
    role: 'worker',
    effect: 'changes',
    summary: 'Renews a lease, and tells which Launches were taken away.',
    request: record({
      agentId: agentId(),
      pings: listOf(
        record({
          launchId: launchIdSchema(),
          token: token(),
          checkpoint: Type.Optional(CheckpointSchema),
          trackers: Type.Optional(listOf(TrackerSchema)),
        }),
      ),
    }),
    reply: record({ takenAway: listOf(record({ launchId: launchIdSchema(), reason: text() })) }),
  },
  signOff: {
    role: 'worker',
    effect: 'changes',
    summary: 'Ends an agent: what it claimed and has not started becomes READY again.',
    request: record({ agentId: agentId() }),
    reply: nothing,
  },
} as const satisfies OperationsOf<Agents>;
