import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import { type Db, MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { databasePicture } from './document-pictures.ts';
import { Namer, type Random, randomAction, randomWorkflow, seededRandom } from './histories.ts';
import { type PythonSide, startPythonSide } from './python-side.ts';
import { type SkyrocketSide, startSkyrocketSide } from './skyrocket-side.ts';

/**
 * Random Workflows, actions, failures and user decisions, made by Python FireWorks in one database and by Skyrocket in
 * another: after every step the documents are the same, but for ids and times. `scripts/differential --count N --seed S`
 * runs other ones, or more.
 */
const count = Number(process.env.DIFFERENTIAL_COUNT ?? 200);
const firstSeed = Number(process.env.DIFFERENTIAL_SEED ?? 1);
const stepsEach = 8;

interface Sides {
  python: PythonSide;
  skyrocket: SkyrocketSide;
  pythonDb: Db;
  skyrocketDb: Db;
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
    sides = { python, skyrocket, pythonDb: client.db('by_python'), skyrocketDb: client.db('by_skyrocket') };
  }, 300_000);
  afterAll(async () => {
    await sides?.python.close();
    await sides?.skyrocket.close();
    await client?.close();
    await mongod?.stop();
  });

  it(
    `leaves the same documents: ${count} histories from seed ${firstSeed}`,
    async () => {
      if (!sides) throw new Error('the two sides have not been started');
      for (let seed = firstSeed; seed < firstSeed + count; seed++) await liveHistory(sides, seed);
    },
    60_000 + count * 10_000,
  );
});

async function liveHistory(sides: Sides, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const names = new Namer();
  await empty(sides.pythonDb);
  await empty(sides.skyrocketDb);
  const workflow = randomWorkflow(random, names, 1 + random.below(7));
  const done: unknown[] = [workflow];
  await sides.python.ask({ do: 'add', workflow });
  await sides.skyrocket.add(workflow);
  await compare(sides, { seed, done });
  for (let step = 0; step < stepsEach; step++) {
    const deed = await chooseDeed(sides, random, names);
    if (!deed) return;
    done.push(deed);
    await doByPython(sides, deed);
    await doBySkyrocket(sides, deed);
    await compare(sides, { seed, done });
  }
}

/** Ids go on counting. */
async function empty(db: Db): Promise<void> {
  for (const name of ['fireworks', 'workflows', 'launches']) await db.collection(name).deleteMany({});
}

async function compare(
  { pythonDb, skyrocketDb }: Sides,
  history: { seed: number; done: unknown[] },
): Promise<void> {
  const skyrocket = await databasePicture(skyrocketDb);
  const python = await databasePicture(pythonDb);
  expect({ history, documents: skyrocket }).toEqual({ history, documents: python });
}

type Deed =
  | { kind: 'run'; name: string; action: Record<string, unknown>; state: 'COMPLETED' | 'FIZZLED' }
  | { kind: 'pause' | 'resume' | 'defuse' | 'reignite' | 'rerun'; name: string }
  | { kind: 'set_priority'; name: string; priority: number };

async function chooseDeed({ skyrocketDb }: Sides, random: Random, names: Namer): Promise<Deed | null> {
  const fireworks = await skyrocketDb.collection('fireworks').find({}).sort({ name: 1 }).toArray();
  const named = (...states: string[]) =>
    fireworks.filter((one) => states.includes(one.state)).map((one) => String(one.name));
  const choices: (() => Deed | null | Promise<Deed>)[] = [];
  const ready = named('READY');
  if (ready.length > 0) {
    for (let weight = 0; weight < 6; weight++)
      choices.push(() => runOf(skyrocketDb, random, names, random.pick(ready)));
  }
  const decisions = [
    ['pause', named('WAITING', 'READY')],
    ['resume', named('PAUSED')],
    ['defuse', named('WAITING', 'READY', 'FIZZLED', 'PAUSED', 'COMPLETED')],
    ['reignite', named('DEFUSED')],
    ['rerun', named('COMPLETED', 'FIZZLED', 'READY')],
  ] as const;
  for (const [kind, candidates] of decisions) {
    if (candidates.length > 0) choices.push(() => ({ kind, name: random.pick(candidates) }));
  }
  const all = fireworks.map((one) => String(one.name));
  choices.push(() => ({ kind: 'set_priority', name: random.pick(all), priority: random.below(10) }));
  return random.pick(choices)();
}

async function runOf(db: Db, random: Random, names: Namer, name: string): Promise<Deed> {
  if (random.chance(0.2)) {
    const action = { ...randomAction(random, names, { mayDetour: false }), exit: true };
    return { kind: 'run', name, action, state: 'FIZZLED' };
  }
  const id = await idOf(db, name);
  const workflow = await db.collection('workflows').findOne({ nodes: id });
  const children: number[] = workflow?.links[String(id)] ?? [];
  const mayDetour = children.every((child) => workflow?.fw_states[String(child)] === 'WAITING');
  return { kind: 'run', name, action: randomAction(random, names, { mayDetour }), state: 'COMPLETED' };
}

async function idOf(db: Db, name: string): Promise<number> {
  const firework = await db.collection('fireworks').findOne({ name });
  if (!firework) throw new Error(`there is no ${name} in ${db.databaseName}`);
  return Number(firework.fw_id);
}

async function doByPython({ python, pythonDb }: Sides, deed: Deed): Promise<void> {
  const fw_id = await idOf(pythonDb, deed.name);
  if (deed.kind === 'run') await python.ask({ do: 'run', fw_id, action: deed.action, state: deed.state });
  else if (deed.kind === 'set_priority')
    await python.ask({ do: 'set_priority', fw_id, priority: deed.priority });
  else await python.ask({ do: deed.kind, fw_id });
}

async function doBySkyrocket({ skyrocket, skyrocketDb }: Sides, deed: Deed): Promise<void> {
  const id = await idOf(skyrocketDb, deed.name);
  const request = { key: crypto.randomUUID(), fwIds: [fwId(id)] };
  if (deed.kind === 'run') {
    await skyrocket.complete(await skyrocket.start(id), deed.action, deed.state);
  } else if (deed.kind === 'set_priority') {
    await skyrocket.launchpad.setPriority({ ...request, priority: deed.priority });
  } else {
    await skyrocket.launchpad[deed.kind](request);
  }
}
