import { describe, expect, it } from '@jest/globals';
import { doUpkeep, faultSite, sameAs } from './faults/fault-site.ts';
import { operations } from './faults/operations.ts';
import { flaws, picture } from './faults/picture.ts';

/**
 * Each operation is made by a program that dies at its first write, then by one that dies at its second, and so on: before
 * the write, and after it but before its answer. Then another program does upkeep (when the dead one's locks have ended, by
 * its clock), and the call is repeated with its key. The database must be as if nothing had happened.
 */
describe('a program that dies at any of its writes', () => {
  const site = faultSite('faults');

  it.each(operations)(
    'leaves what upkeep finishes or takes back: $name',
    async (operation) => {
      const { world, connection, prepare, die } = site();
      await prepare(operation);
      const before = await picture(connection);
      await operation.perform(world);
      const after = await picture(connection);
      expect(await flaws(connection)).toEqual([]);
      let deaths = 0;
      for (let write = 1; ; write++) {
        let died = false;
        for (const when of ['before it', 'before its answer'] as const) {
          await prepare(operation);
          died = await die({ write, when }, operation.perform);
          if (!died) break;
          deaths += 1;
          await doUpkeep(world);
          const moment = { operation: operation.name, write, when };
          if (!operation.each) {
            const now = await picture(connection);
            expect({ moment, now }).toEqual({ moment, now: sameAs(now, before) ? before : after });
            expect({ moment, flaws: await flaws(connection) }).toEqual({ moment, flaws: [] });
          }
          await operation.perform(world);
          expect({ moment, now: await picture(connection) }).toEqual({ moment, now: after });
          expect({ moment, flaws: await flaws(connection) }).toEqual({ moment, flaws: [] });
        }
        if (!died) break;
      }
      expect(deaths).toBeGreaterThan(3);
    },
    120_000,
  );
});
