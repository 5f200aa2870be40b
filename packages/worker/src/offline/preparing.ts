import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { ClaimedLaunch, ClaimOrder } from '@skyrocket/contract/running';
import { reasonOf } from '@skyrocket/contract/system-error';
import type { LaunchId } from '@skyrocket/model/ids';
import { offlineFiles } from '@skyrocket/model/offline-documents';
import type { FWorker } from '@skyrocket/model/records';
import { formatStamp } from '../launch-directory.ts';
import { thisHost } from '../this-host.ts';
import { writeWhole } from './whole-file.ts';

export interface BatchToPrepare {
  launchpad: Pick<
    LaunchPad,
    'identity' | 'reserve' | 'noteReservation' | 'registerOffline' | 'cancelReservations'
  >;
  fworker: FWorker;
  order: ClaimOrder;
  /** At most so many. */
  count: number;
  /** Where the directories of the Launches are made; absolute. */
  directory: string;
  /** FW_BLOCK_FORMAT. */
  blockFormat: string;
}

/** So many Fireworks are reserved at once. */
const lanes = 8;

/**
 * Reserves READY Fireworks, and puts each into a directory of its own for `rlaunch rapidfire --offline`. Returns the
 * directories, sorted; none when nothing is READY. One that cannot be made is given back. A crash leaves reservations that
 * are not noted as those of a batch, and so are taken for what a killed qlaunch left.
 * @throws SkyrocketError STORE_*; those before are prepared then
 */
export async function prepareBatch(batch: BatchToPrepare): Promise<string[]> {
  const { uuid } = await batch.launchpad.identity();
  const prepared = new Map<LaunchId, string>();
  let open = batch.count;
  const prepareNext = async () => {
    while (open-- > 0) {
      const reservation = await prepare(batch, uuid, prepared);
      if (reservation === null) open = 0;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(lanes, batch.count) }, prepareNext));
  await noteAsPrepared(batch.launchpad, [...prepared.keys()]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return [...prepared.values()].sort();
}

async function prepare(
  batch: BatchToPrepare,
  uuid: string,
  prepared: Map<LaunchId, string>,
): Promise<ClaimedLaunch | null> {
  const { launchpad, fworker, order, directory, blockFormat } = batch;
  // No two are the same, whatever the format of the moment is.
  const stamp = `${formatStamp(blockFormat, Date.now() * 1000)}_${randomUUID().slice(0, 8)}`;
  const dir = join(directory, `launcher_${stamp}`);
  const request = { key: randomUUID(), fworker, order, ...thisHost(), launchDir: dir };
  const { reservation } = await launchpad.reserve(request);
  if (reservation === null) return null;
  try {
    mkdirSync(dir);
    for (const { name, text } of offlineFiles({ ...reservation, launchpad: uuid, dir }))
      writeWhole(join(dir, name), text);
  } catch (error) {
    const reason = `its directory cannot be made: ${reasonOf(error)}`;
    await launchpad.cancelReservations({ key: randomUUID(), launchIds: [reservation.launchId], reason });
    throw error;
  }
  prepared.set(reservation.launchId, dir);
  return reservation;
}

const batchIdPrefix = 'offline-';

/** Whether what stands where the id of a job would is that of a batch. */
export const isBatchId = (reservationId: string): boolean => reservationId.startsWith(batchIdPrefix);

async function noteAsPrepared(
  launchpad: BatchToPrepare['launchpad'],
  launchIds: readonly LaunchId[],
): Promise<void> {
  if (launchIds.length === 0) return;
  await launchpad.registerOffline({ launchIds: [...launchIds] });
  await noteBatchId(launchpad, launchIds);
}

/** Notes that no job has to be sought for these Launches. To do it twice is harmless. */
export async function noteBatchId(
  launchpad: Pick<LaunchPad, 'noteReservation'>,
  launchIds: readonly LaunchId[],
): Promise<void> {
  // It stands where the id of a job would, and comes last.
  const reservationId = `${batchIdPrefix}${randomUUID().slice(0, 8)}`;
  for (let from = 0; from < launchIds.length; from += lanes) {
    const some = launchIds.slice(from, from + lanes);
    await Promise.all(some.map((launchId) => launchpad.noteReservation({ launchId, reservationId })));
  }
}
