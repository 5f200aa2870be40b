import { Type } from 'typebox';
import type { Reservations } from '../reservations.ts';
import { FWorkerSchema } from '../schemas/records.ts';
import { key, launchIds } from '../schemas/requests.ts';
import {
  flag,
  fwIdSchema,
  launchIdSchema,
  listOf,
  mapOf,
  oneOf,
  record,
  text,
  word,
} from '../schemas/values.ts';
import type { OperationsOf } from './operation.ts';
import { claimedLaunch } from './running.ts';

/** The operations of `Reservations`. */
export const reservationsOperations = {
  reserve: {
    role: 'worker',
    effect: 'changes',
    summary: 'Claims a Firework for a job of a batch system.',
    request: record({
      key,
      fworker: FWorkerSchema,
      fwId: Type.Optional(fwIdSchema()),
      order: oneOf(['FIFO', 'FILO', 'any']),
      host: text(),
      ip: text(),
      launchDir: text(),
      owner: Type.Optional(word()),
    }),
    reply: record({ reservation: Type.Union([claimedLaunch, Type.Null()]) }),
  },
  noteReservation: {
    role: 'worker',
    effect: 'changes',
    summary: 'Notes the directory and the id of the job for which a Firework is reserved.',
    request: record({
      launchId: launchIdSchema(),
      launchDir: Type.Optional(text()),
      reservationId: Type.Optional(word()),
    }),
    reply: record({ noted: flag() }),
  },
  findOwners: {
    role: 'admin',
    effect: 'reads',
    summary: "Tells by which workers' tokens Launches were reserved.",
    request: record({ launchIds }),
    reply: record({ owners: mapOf(launchIdSchema(), word()) }),
  },
  cancelReservations: {
    role: 'worker',
    effect: 'changes',
    summary: 'Gives reserved Fireworks back that were not started.',
    request: record({ key, launchIds, reason: text() }),
    reply: record({ cancelled: launchIds }),
  },
  runtimes: {
    role: 'worker',
    effect: 'reads',
    summary: 'Tells how long Fireworks of the same name took.',
    request: record({ names: listOf(text(), 1000) }),
    reply: record({ runtimes: listOf(record({ name: text(), seconds: listOf(Type.Number()) })) }),
  },
} as const satisfies OperationsOf<Reservations>;
