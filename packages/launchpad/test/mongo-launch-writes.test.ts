import { describe, expect, it } from '@jest/globals';
import { writeLaunches } from '@skyrocket/launchpad/store/mongo/commit';
import { findLaunches } from '@skyrocket/launchpad/store/mongo/find-launches';
import { launchOperations, launchWrite, storedHistory } from '@skyrocket/launchpad/store/mongo/launch-writes';
import { timestamp } from '@skyrocket/model/timestamp';
import { add, register, reserve } from './launchpad-contract/worker-steps.ts';
import { overheardLaunchPad } from './overheard-launchpad.ts';
import { independent } from './store-contract/samples.ts';

describe('Launches that are ended together', () => {
  const site = overheardLaunchPad('launch_writes');
  const createdOn = timestamp(Date.UTC(2024, 0, 1));

  it('are one operation, each with its own past, and left alone where that is another by now', async () => {
    const { connection, launchpad } = site();
    await register(launchpad, 'a');
    await add(launchpad, independent(3));
    const ids = [];
    for (const id of [1, 2, 3]) ids.push(await reserve(launchpad, id));
    const launches = await findLaunches(connection, ids, 'without-actions');
    const pasts = launches.map(({ history }) => storedHistory(history));
    expect(new Set(launches.map(({ history }) => history[0]?.createdOn)).size).toBe(3);
    const writes = await Promise.all(
      launches.map(async (launch, index) => ({
        ...(await launchWrite(connection, launch, {
          state: 'COMPLETED',
          entry: { state: 'COMPLETED', createdOn },
        })),
        history: pasts[index] ?? [],
      })),
    );
    expect(launchOperations(writes)).toHaveLength(1);
    const noted = { $set: { 'state_history.0.reservation_id': 'job 7' } };
    await connection.launches.updateOne({ launch_id: ids[1] }, noted);
    expect(await writeLaunches(connection, writes)).toBe(2);
    const after = await findLaunches(connection, ids, 'without-actions');
    expect(after.map(({ state }) => state)).toEqual(['COMPLETED', 'RESERVED', 'COMPLETED']);
    expect(after.map(({ history }) => history[0]?.createdOn)).toEqual(
      launches.map(({ history }) => history[0]?.createdOn),
    );
    expect(after[1]?.history).toMatchObject([{ state: 'RESERVED', reservationId: 'job 7' }]);
  });
});
