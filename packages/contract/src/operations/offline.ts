import { Type } from 'typebox';
import type { Offline } from '../offline.ts';
import { CheckpointSchema, FWActionSchema, TrackerSchema } from '../schemas/records.ts';
import { launchIds, nothing, onFireworks } from '../schemas/requests.ts';
import { fwIdSchema, launchIdSchema, listOf, moment, oneOf, record, text, word } from '../schemas/values.ts';
import type { OperationsOf } from './operation.ts';
import { reportResult } from './running.ts';

const offlineRun = record({
  launchId: launchIdSchema(),
  fwId: fwIdSchema(),
  name: text(),
  launchDir: text(),
  fworker: text(),
});

const offlineNews = record({
  launchpad: Type.Optional(word()),
  launchId: launchIdSchema(),
  fwId: fwIdSchema(),
  startedOn: moment(),
  pingedOn: Type.Optional(moment()),
  checkpoint: Type.Optional(CheckpointSchema),
  trackers: Type.Optional(listOf(TrackerSchema)),
  ended: Type.Optional(
    record({ state: oneOf(['COMPLETED', 'FIZZLED']), action: FWActionSchema, endedOn: moment() }),
  ),
});

/** The operations of `Offline`. */
export const offlineOperations = {
  registerOffline: {
    role: 'worker',
    effect: 'changes',
    summary: 'Notes that reserved Launches are to be run offline.',
    request: record({ launchIds }),
    reply: nothing,
  },
  findOffline: {
    role: 'worker',
    effect: 'reads',
    summary: 'Lists Launches that run offline, or are to be.',
    request: nothing,
    reply: record({ runs: listOf(offlineRun) }),
  },
  tellOffline: {
    role: 'worker',
    effect: 'changes',
    summary: 'Applies what offline Launches left in their directories.',
    request: record({ runs: listOf(offlineNews, 10_000) }),
    reply: record({ results: listOf(reportResult) }),
  },
  forgetOffline: {
    role: 'user',
    effect: 'changes',
    summary: 'Forgets offline Launches; their states stay as they are.',
    request: record(onFireworks),
    reply: record({ forgotten: listOf(fwIdSchema()) }),
  },
} as const satisfies OperationsOf<Offline>;
