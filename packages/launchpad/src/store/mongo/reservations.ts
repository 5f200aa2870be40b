import type { NoteReservation } from '@skyrocket/contract/reservations';
import { type LaunchId, launchId } from '@skyrocket/model/ids';
import type { MongoConnection } from './connection.ts';

export async function findOwners(
  { starts }: MongoConnection,
  launchIds: LaunchId[],
): Promise<Map<LaunchId, string>> {
  const owned = { _id: { $in: launchIds.map(Number) }, owner: { $exists: true } };
  const found = await starts.find(owned, { projection: { owner: 1 } }).toArray();
  return new Map(found.map(({ _id, owner }) => [launchId(_id), String(owner)]));
}

/**
 * Notes where the job of a reserved Launch is, and its id: see `Store.noteReservation`. Without a lock: both writes name
 * the state that they are for, and FireWorks writes the same members in the same way.
 */
export async function noteReservation(
  { launches }: MongoConnection,
  { launchId: launch, launchDir, reservationId }: NoteReservation,
): Promise<boolean> {
  const id = Number(launch);
  if (launchDir !== undefined) {
    await launches.updateOne({ launch_id: id, state: 'RESERVED' }, { $set: { launch_dir: launchDir } });
  }
  if (reservationId !== undefined) {
    const open = { state: 'RESERVED', reservation_id: { $exists: false } };
    await launches.updateOne(
      { launch_id: id, state_history: { $elemMatch: open } },
      { $set: { 'state_history.$.reservation_id': reservationId } },
    );
  }
  const noted = { state: 'RESERVED', ...(reservationId !== undefined && { reservation_id: reservationId }) };
  const found = await launches.findOne(
    { launch_id: id, state_history: { $elemMatch: noted } },
    { projection: { _id: 1 } },
  );
  return found !== null;
}
