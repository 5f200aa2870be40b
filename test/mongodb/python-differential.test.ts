import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Db, MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { chooseDeed, type Deed } from './deeds.ts';
import { doByPython } from './deeds-by-python.ts';
import { doBySkyrocket } from './deeds-by-skyrocket.ts';
import { databasePicture, sorted } from './document-pictures.ts';
import { largeWorkflow, Namer, randomWorkflow, seededRandom } from './histories.ts';
import { type PythonSide, startPythonSide } from './python-side.ts';
import { type SkyrocketSide, startSkyrocketSide } from './skyrocket-side.ts';

/**
 * Random Workflows, actions, failures and user decisions, made by Python FireWorks in one database and by Skyrocket in
 * another: after every step the documents are the same, but for ids and times. `scripts/differential --count N --seed S`
 * runs other ones, or more.
 */
const count = Number(process.env.DIFFERENTIAL_COUNT ?? 200);
const firstSeed = Number(process.env.DIFFERENTIAL_SEED ?? 1);
const stepsEach = 10;

/** One of so many histories begins with a large Workflow. */
const largeEvery = 100;

interface Sides {
  python: { python: PythonSide; db: Db };
  skyrocket: { skyrocket: SkyrocketSide; db: Db };
}

describe('the same history made by Python FireWorks and by Skyrocket', () => {
  let mongod: MongodProcess | null = null;
  let client: MongoClient | null = null;
  let sides: Sides | null = null;

  beforeAll(async () => {
    mongod = await startMongod();
    client = await MongoClient.connect(mongod.uri);
    const python = await startPythonSide(mongod.uri, 'by_python');
    await python.ask({ do: 'reset' });
    const skyrocket = await startSkyrocketSide(mongod.uri, 'by_skyrocket');
    sides = {
      python: { python, db: client.db('by_python') },
      skyrocket: { skyrocket, db: client.db('by_skyrocket') },
    };
  }, 300_000);
  afterAll(async () => {
    await sides?.python.python.close();
    await sides?.skyrocket.skyrocket.close();
    await client?.close();
    await mongod?.stop();
  });

  it(
    `leaves the same documents: ${count} histories from seed ${firstSeed}`,
    async () => {
      if (!sides) throw new Error('the two sides have not been started');
      const differences: string[] = [];
      for (let seed = firstSeed; seed < firstSeed + count; seed++) {
        const difference = await liveHistory(sides, seed);
        if (difference !== null) differences.push(`history ${seed}: ${difference}`);
      }
      expect(differences).toEqual([]);
    },
    60_000 + count * 10_000,
  );
});

/** What was different, after what; null when nothing was. */
async function liveHistory(sides: Sides, seed: number): Promise<string | null> {
  const random = seededRandom(seed);
  const names = new Namer({ dated: random.chance(0.8) });
  await Promise.all([empty(sides.python.db), empty(sides.skyrocket.db)]);
  const done: Deed[] = [];
  const workflowOf = seed % largeEvery === 0 ? largeWorkflow : randomWorkflow;
  let deed: Deed | null = { kind: 'add', workflow: workflowOf(random, names, 1 + random.below(7)) };
  try {
    for (let step = 0; step <= stepsEach && deed; step++) {
      done.push(deed);
      await Promise.all([doByPython(sides.python, deed), doBySkyrocket(sides.skyrocket, deed)]);
      await compare(sides, deed);
      deed = nextAfter(deed) ?? (await chooseDeed(sides.skyrocket.db, random, names));
    }
    return null;
  } catch (error) {
    const steps = done.map((one) => JSON.stringify(one)).join('\n');
    return `${steps}\n${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Ids go on counting. */
async function empty(db: Db): Promise<void> {
  for (const name of ['fireworks', 'workflows', 'launches']) await db.collection(name).deleteMany({});
}

/** @throws Error that shows what is different */
async function compare({ python, skyrocket }: Sides, last: Deed): Promise<void> {
  if (last.kind === 'update_spec' && nextAfter(last)) return;
  const pictures = await Promise.all([databasePicture(skyrocket.db), databasePicture(python.db)]);
  const hidden = last.kind === 'recover' ? [] : ['_recovery', '_launch_dir'];
  if (nextAfter(last)) hidden.push('_exception_details');
  const [bySkyrocket, byPython] = pictures.map((picture) => ({
    ...{ fireworks: sorted(without(picture.fireworks, hidden)), launches: picture.launches },
    workflows: nextAfter(last) ? picture.workflows.map(({ state: _, ...rest }) => rest) : picture.workflows,
  }));
  if (!isDeepStrictEqual(bySkyrocket, byPython)) expect(bySkyrocket).toEqual(byPython);
}

/**
 * After a bad action Python does not look at the rest of the Workflow, and keeps no reason: a rerun makes up for it. What is
 * said of fizzled parents counts in Python when the Firework is refreshed (docs/differences.md).
 */
function nextAfter(deed: Deed): Deed | null {
  if ('bad' in deed && deed.bad) return { kind: 'rerun', name: deed.name, exceptionDetails: 'drop' };
  const isAboutParents = deed.kind === 'update_spec' && '_allow_fizzled_parents' in deed.document;
  return isAboutParents ? { kind: 'refresh', name: deed.name } : null;
}

/**
 * Without pairs of these keys, wherever they are. Reruns take more of earlier recoveries away than Python's do
 * (docs/differences.md), so that they are only looked at when they are new.
 */
function without<Value>(value: Value, keys: readonly string[]): Value {
  const isHidden = (item: unknown) => Array.isArray(item) && item.length === 2 && keys.includes(item[0]);
  return JSON.parse(JSON.stringify(value), (_, item) =>
    Array.isArray(item) ? item.filter((one) => !isHidden(one)) : item,
  );
}
