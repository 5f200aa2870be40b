import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClaimedLaunch, ClaimOrder, LaunchPad } from '@skyrocket/contract/launchpad';
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

/**
 * Reserves READY Fireworks, and puts each into a directory of its own for `rlaunch rapidfire --offline`. Returns the
 * directories; none when nothing is READY. One that cannot be made is given back.
 * @throws SkyrocketError STORE_*; those before are prepared then
 */
export async function prepareBatch(batch: BatchToPrepare): Promise<string[]> {
  const { launchpad, fworker, order, count, directory } = batch;
  const { uuid } = await launchpad.identity();
  // It stands where the id of a job would: a reservation without one is taken for what a killed qlaunch left.
  const reservationId = `offline-${randomUUID().slice(0, 8)}`;
  const dirs: string[] = [];
  while (dirs.length < count) {
    const request = { key: randomUUID(), fworker, order, ...thisHost(), launchDir: directory };
    const { reservation } = await launchpad.reserve(request);
    if (reservation === null) break;
    try {
      dirs.push(await prepare(batch, reservation, { uuid, reservationId }));
    } catch (error) {
      const reason = `its directory cannot be made: ${error instanceof Error ? error.message : error}`;
      await launchpad.cancelReservations({ key: randomUUID(), launchIds: [reservation.launchId], reason });
      throw error;
    }
  }
  return dirs;
}

async function prepare(
  { launchpad, directory, blockFormat }: BatchToPrepare,
  reservation: ClaimedLaunch,
  { uuid, reservationId }: { uuid: string; reservationId: string },
): Promise<string> {
  const { launchId } = reservation;
  // With the id no two are the same, whatever the format of the moment is.
  const dir = join(directory, `launcher_${formatStamp(blockFormat, Date.now() * 1000)}_${launchId}`);
  mkdirSync(dir);
  await launchpad.noteReservation({ launchId, launchDir: dir });
  for (const { name, text } of offlineFiles({ ...reservation, launchpad: uuid, dir }))
    writeWhole(join(dir, name), text);
  await launchpad.registerOffline({ launchIds: [launchId] });
  // Last: a crash before leaves a reservation without a job, which is given back in time.
  await launchpad.noteReservation({ launchId, reservationId });
  return dir;
}
