import { describe, expect, it } from '@jest/globals';
import type { FwId } from '@skyrocket/model/ids';
import { doUpkeep, type FaultSite, faultSite, sameAs } from './faults/fault-site.ts';
import { type Operation, operations } from './faults/operations.ts';
import { flaws, picture } from './faults/picture.ts';
import { newKey } from './store-contract/samples.ts';

/**
 * A program dies at any of its writes while it has a Workflow locked, and then somebody does not wait for the end of its
 * lock: Python's `lpad admin unlock` takes it off and does no more; our own takes it off and ends what was begun.
 */
describe('a program that dies while it has a Workflow locked', () => {
  const site = faultSite('unlocks');
  const underLock = operations.filter((operation) => operation.lock !== undefined);

  const takeLocksOff = ({ connection }: FaultSite) =>
    connection.workflows.updateMany({}, { $unset: { locked: '' } });
  const unlock = async ({ world }: FaultSite) => {
    const { fireworks } = await world.store.findFireworks({ fields: 'ids' });
    const fwIds: FwId[] = fireworks.map((firework) => firework.fwId);
    await world.launchpad.unlock({ key: newKey(), fwIds });
  };

  /** Dies at each write, and looks each time whether all is there or nothing, and all of it when the call is repeated. */
  async function dieEverywhere(
    operation: Operation,
    { rescue, isWhole }: { rescue: () => Promise<unknown>; isWhole: boolean },
  ): Promise<void> {
    const { world, connection, prepare, die } = site();
    await prepare(operation);
    const before = await picture(connection);
    await operation.perform(world);
    const after = await picture(connection);
    // What it leaves after a write is what it leaves before the next one.
    for (let write = 1; ; write++) {
      await prepare(operation);
      if (!(await die({ write, when: 'before it' }, operation.perform))) return;
      await rescue();
      const moment = { operation: operation.name, write };
      if (isWhole) {
        const now = await picture(connection);
        expect({ moment, now }).toEqual({ moment, now: sameAs(now, before) ? before : after });
        expect({ moment, flaws: await flaws(connection) }).toEqual({ moment, flaws: [] });
      }
      await operation.perform(world);
      expect({ moment, now: await picture(connection) }).toEqual({ moment, now: after });
      expect({ moment, flaws: await flaws(connection) }).toEqual({ moment, flaws: [] });
    }
  }

  it.each(underLock)(
    'and is unlocked by us: $name',
    async (operation) => {
      await dieEverywhere(operation, { rescue: () => unlock(site()), isWhole: true });
    },
    120_000,
  );

  it.each(underLock)(
    'and is unlocked by Python, then by us: $name',
    async (operation) => {
      const rescue = async () => {
        await takeLocksOff(site());
        await unlock(site());
      };
      await dieEverywhere(operation, { rescue, isWhole: true });
    },
    120_000,
  );

  // Where the Launches are all that was written down, what lags behind is put right by the journal, which is told again.
  it.each(underLock)(
    'and is unlocked by Python, and upkeep comes: $name',
    async (operation) => {
      const rescue = async () => {
        await takeLocksOff(site());
        await doUpkeep(site().world);
      };
      await dieEverywhere(operation, { rescue, isWhole: operation.lock === 'with an intent' });
    },
    120_000,
  );

  const rescued = ['a report that edits specs and adds a detour', 'a rerun of what is done', 'a deletion'];

  it.each(operations.filter(({ name }) => rescued.includes(name)))(
    'and whose rescuer dies at any of its writes too: $name',
    async (operation) => {
      const { world, connection, prepare, die } = site();
      await prepare(operation);
      const before = await picture(connection);
      await operation.perform(world);
      const after = await picture(connection);
      for (let write = 1; ; write++) {
        for (let rescue = 1; ; rescue++) {
          await prepare(operation);
          const died = await die({ write, when: 'before it' }, operation.perform);
          if (!died) return;
          const diedToo = await die({ write: rescue, when: 'before it' }, doUpkeep, 'later');
          await doUpkeep(world);
          const moment = { operation: operation.name, write, rescue };
          const now = await picture(connection);
          expect({ moment, now }).toEqual({ moment, now: sameAs(now, before) ? before : after });
          expect({ moment, flaws: await flaws(connection) }).toEqual({ moment, flaws: [] });
          if (!diedToo) break;
        }
      }
    },
    240_000,
  );
});
