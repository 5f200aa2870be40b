import { describe, expect, it } from '@jest/globals';
import { faultSite } from './faults/fault-site.ts';
import { operations } from './faults/operations.ts';
import { flaws, picture } from './faults/picture.ts';

/**
 * A program that lives on, but whose connection breaks at its first write, then at its second, and so on. It repeats the
 * call when it is connected again, and waits for no lock of its own: they would end after an hour.
 */
describe('a program that is cut off from the database while it has a Workflow locked', () => {
  const site = faultSite('cut_off');
  const chosen = [
    'a claim, a start and a report of Fireworks that are alone in their Workflows',
    'a claim, a start and a report of a Firework with children',
    'a report that edits specs and adds a detour',
    'a report that adds a detour in a large Workflow, where nobody was seen to wait for it',
    'a pause in two Workflows',
    'a deletion',
  ];

  it.each(operations.filter(({ name }) => chosen.includes(name)))(
    'goes on as soon as it is connected again: $name',
    async (operation) => {
      const { world, connection, prepare, beCutOff } = site();
      await prepare(operation);
      await operation.perform(world);
      const after = await picture(connection);
      for (let write = 1; ; write++) {
        for (const when of ['before it', 'before its answer'] as const) {
          await prepare(operation);
          const isCut = await beCutOff({ write, when }, operation.perform);
          const moment = { operation: operation.name, write, when };
          expect({ moment, now: await picture(connection) }).toEqual({ moment, now: after });
          expect({ moment, flaws: await flaws(connection) }).toEqual({ moment, flaws: [] });
          if (!isCut) return;
        }
      }
    },
    120_000,
  );

  const withIntents = ['a pause in two Workflows', 'a report that edits specs and adds a detour'];

  it.each(operations.filter(({ name }) => withIntents.includes(name)))(
    'ends what it began also when others had one of the Workflows locked when it was connected again: $name',
    async (operation) => {
      const { world, connection, prepare, beCutOff } = site();
      await prepare(operation);
      await operation.perform(world);
      const after = await picture(connection);
      const locked = `skyrocket:other-worker:${Date.now() + 24 * 3_600_000}`;
      for (let write = 1; ; write++) {
        await prepare(operation);
        let calls = 0;
        const isCut = await beCutOff({ write, when: 'before its answer' }, async (program) => {
          if (calls++ > 0) {
            await connection.workflows.updateOne({ locked: { $exists: false } }, { $set: { locked } });
            await program.store.findFireworks({ fields: 'ids' });
            await connection.workflows.updateOne({ locked }, { $unset: { locked: '' } });
          }
          await operation.perform(program);
          // Any call of the program ends it, when a moment has passed.
          while ((await connection.intents.countDocuments({})) > 0)
            await program.store.findFireworks({ fields: 'ids' });
        });
        const moment = { operation: operation.name, write };
        expect({ moment, now: await picture(connection) }).toEqual({ moment, now: after });
        expect({ moment, flaws: await flaws(connection) }).toEqual({ moment, flaws: [] });
        if (!isCut) return;
      }
    },
    120_000,
  );
});
