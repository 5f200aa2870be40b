import { Type } from 'typebox';
import type { StartToken } from '../agents.ts';
import type { Running } from '../running.ts';
import {
  CheckpointSchema,
  FireworkSchema,
  FWActionSchema,
  FWorkerSchema,
  LaunchSchema,
  TrackerSchema,
} from '../schemas/records.ts';
import { agentId, key, launchIds } from '../schemas/requests.ts';
import {
  count,
  flag,
  fwIdSchema,
  launchIdSchema,
  listOf,
  moment,
  named,
  oneOf,
  record,
  text,
  word,
} from '../schemas/values.ts';
import type { OperationsOf } from './operation.ts';

const token = () => named<StartToken>();

const launchReport = record({
  launchpad: word(),
  launchId: launchIdSchema(),
  token: token(),
  state: oneOf(['COMPLETED', 'FIZZLED']),
  action: FWActionSchema,
  endedOn: moment(),
  checkpoint: Type.Optional(CheckpointSchema),
  trackers: Type.Optional(listOf(TrackerSchema)),
  launchDir: Type.Optional(text()),
});

/** What became of a result that was told. */
export const reportResult = Type.Union([
  record({ launchId: launchIdSchema(), outcome: oneOf(['applied', 'already-applied']) }),
  record({ launchId: launchIdSchema(), outcome: Type.Literal('fizzled'), reason: text() }),
  record({ launchId: launchIdSchema(), outcome: Type.Literal('refused'), reason: text() }),
]);

const offeredResources = record({
  cores: Type.Number(),
  memory: Type.Union([Type.Number(), Type.Null()]),
  gpus: Type.Number(),
  walltime: Type.Union([Type.Number(), Type.Null()]),
  dialect: oneOf(['slurm', 'pbs', 'lsf']),
});

/** A Launch with all that is needed to run it. */
export const claimedLaunch = record({
  launchId: launchIdSchema(),
  firework: FireworkSchema,
  launches: listOf(LaunchSchema),
});

/** The operations of `Running`. */
export const runningOperations = {
  claim: {
    role: 'worker',
    effect: 'changes',
    summary: 'Claims READY Fireworks.',
    request: record({
      key,
      agentId: agentId(),
      fworker: FWorkerSchema,
      count: count(10_000),
      fwId: Type.Optional(fwIdSchema()),
      order: oneOf(['FIFO', 'FILO', 'any']),
      withoutTasks: listOf(text(), 10_000),
      withoutFireworks: Type.Optional(listOf(fwIdSchema(), 10_000)),
      resources: Type.Optional(offeredResources),
    }),
    reply: record({ claims: listOf(claimedLaunch), exhausted: flag() }),
  },
  start: {
    role: 'worker',
    effect: 'changes',
    summary: 'Starts claimed Launches; what is refused must not run.',
    request: record({
      key,
      agentId: agentId(),
      fworker: FWorkerSchema,
      host: text(),
      ip: text(),
      starts: listOf(record({ launchId: launchIdSchema(), token: token(), launchDir: text() }), 10_000),
    }),
    reply: record({
      results: listOf(
        Type.Union([
          record({ launchId: launchIdSchema(), outcome: Type.Literal('started'), at: moment() }),
          record({ launchId: launchIdSchema(), outcome: Type.Literal('refused'), reason: text() }),
        ]),
      ),
    }),
  },
  report: {
    role: 'worker',
    effect: 'changes',
    summary: 'Applies results of Launches, each exactly once.',
    request: record({ key, reports: listOf(launchReport, 10_000) }),
    reply: record({ results: listOf(reportResult) }),
  },
  release: {
    role: 'worker',
    effect: 'changes',
    summary: 'Gives Launches back.',
    request: record({
      key,
      agentId: agentId(),
      releases: listOf(
        record({
          launchId: launchIdSchema(),
          reason: text(),
          cannotImport: Type.Optional(record({ task: text(), worker: text() })),
        }),
        10_000,
      ),
    }),
    reply: record({ released: launchIds }),
  },
  workFor: {
    role: 'worker',
    effect: 'reads',
    summary: 'Tells whether there is, or will be, work for a worker.',
    request: record({ fworker: FWorkerSchema }),
    reply: record({ ready: flag(), later: flag() }),
  },
} as const satisfies OperationsOf<Running>;
