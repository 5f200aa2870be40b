import { writeSync } from 'node:fs';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { independent } from '../store-contract/samples.ts';
import { add } from '../store-contract/steps.ts';
import { openSqliteStore } from './open-store.ts';

// Opens a database file (first argument), counts its Fireworks, and adds so many more (second argument); prints what
// came of each step, an error as its code and sentence.

const [file = '', count = '0'] = process.argv.slice(2);

async function attempt(step: () => Promise<unknown>): Promise<boolean> {
  const outcome = await step().then(
    (value) => ({ done: value ?? null }),
    (error) => {
      if (!isSkyrocketError(error)) throw error;
      return { code: error.code, sentence: error.message };
    },
  );
  writeSync(1, `${JSON.stringify(outcome)}\n`);
  return 'done' in outcome;
}

const opened = await attempt(async () => {
  const store = await openSqliteStore(file);
  await attempt(async () => (await store.findFireworks({ fields: 'count' })).count);
  if (Number(count) > 0) await attempt(async () => (await add(store, independent(Number(count)))).size);
  await attempt(async () => (await store.findFireworks({ fields: 'count' })).count);
  await store.close();
});
process.exitCode = opened ? 0 : 1;
