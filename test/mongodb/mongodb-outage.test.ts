import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { connect } from '@skyrocket/launchpad/store/mongo/connection';
import { type Db, MongoClient } from 'mongodb';
import { doUpkeep, hoursLater, worldOf } from '../../packages/launchpad/test/faults/fault-site.ts';
import { mongoSettings } from '../../packages/launchpad/test/mongo-settings.ts';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { newSite, patiently, type Site } from '../programs/site.ts';

const groupSize = 10;

/** A task that tells a ledger that it began, and asks for something that adds up. */
function counting(id: number): string {
  const action = { mod_spec: [{ _inc: { count: 1 } }, { _push: { done: id } }] };
  return `echo "$PWD" >> ../ledger; echo '${JSON.stringify(action)}' > FWAction.json`;
}

/** Workflows of so many Fireworks, the last of which gets what the others count. */
function campaign(groups: number): string[] {
  const ids = Array.from({ length: groupSize }, (_, n) => n + 1);
  const task = (script: string) => ({ _fw_name: 'ScriptTask', script });
  const one = {
    name: 'group',
    metadata: {},
    fws: ids.map((fw_id) =>
      fw_id < groupSize
        ? { fw_id, name: 'count', spec: { _tasks: [task(counting(fw_id))] } }
        : { fw_id, name: 'sum', spec: { count: 0, _tasks: [task('true')] } },
    ),
    links: Object.fromEntries(ids.slice(0, -1).map((id) => [id, [groupSize]])),
  };
  return Array.from({ length: groups }, () => JSON.stringify(one));
}

interface Run {
  site: Site;
  db: Db;
  /** Stops the test's own connection. */
  close(): Promise<void>;
}

/** Adds a campaign and lets four workers run it, while something happens to their database each time that work has gone on so far. */
async function runThrough(
  uri: string,
  { groups, outages }: { groups: number; outages: { after: number; happen(): Promise<void> }[] },
): Promise<Run> {
  const site = newSite();
  const file = site.write('my_launchpad.yaml', `host: ${uri}\nname: outage\nuri_mode: true\n`);
  const files = campaign(groups).map((text, n) => site.write(`group${n}.json`, text));
  expect(await site.run('lpad', '-l', file, 'add', ...files)).toMatchObject({ code: 0 });
  const words = ['-l', file, 'rapidfire', '--sleep', '1'];
  const workers = Array.from({ length: 4 }, () => site.start('rlaunch', ...words));
  const ends = Promise.all(workers.map(({ ended }) => ended));
  for (const { after, happen } of outages) {
    const early = await Promise.race([ends, untilLedger(site, after)]);
    if (early)
      throw new Error(`all workers ended before ${after} Fireworks had begun: ${JSON.stringify(early)}`);
    await happen();
  }
  for (const { ended } of workers) expect(await ended).toMatchObject({ code: 0 });
  // What became READY when all of them had ended.
  expect(await site.run('rlaunch', ...words)).toMatchObject({ code: 0 });
  const client = await MongoClient.connect(uri);
  return { site, db: client.db('outage'), close: () => client.close() };
}

/** Waits until more than so many Fireworks have begun, and says so before the test is out of time. */
async function untilLedger(site: Site, count: number): Promise<null> {
  const deadline = Date.now() + patiently / 2;
  for (let begun = 0; begun <= count; begun = site.lines('ledger').length) {
    if (Date.now() > deadline)
      throw new Error(`only ${begun} Fireworks had begun where ${count} should have`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return null;
}

/** Every Firework has run once, its result counts once, and everything says so. */
async function expectAllDoneOnce({ site, db, close }: Run, groups: number): Promise<void> {
  const all = groups * groupSize;
  const fireworks = await db.collection('fireworks').find({}).toArray();
  expect([...new Set(fireworks.map(({ state }) => state))]).toEqual(['COMPLETED']);
  expect(fireworks).toHaveLength(all);

  const launches = await db.collection('launches').find({ state: 'COMPLETED' }).toArray();
  expect(new Set(launches.map(({ fw_id }) => fw_id)).size).toBe(all);
  expect(launches).toHaveLength(all);

  // Started once: no launch directory is in the ledger twice, and each is that of a Launch that counts.
  const ledger = site.lines('ledger').map((line) => basename(line));
  expect(new Set(ledger).size).toBe(ledger.length);
  expect(ledger).toHaveLength(groups * (groupSize - 1));
  const known = new Set(launches.map(({ launch_dir }) => basename(launch_dir)));
  expect(ledger.filter((line) => !known.has(line))).toEqual([]);

  // Applied once.
  for (const { spec } of fireworks.filter(({ name }) => name === 'sum')) {
    expect([spec.count, new Set(spec.done).size, spec.done.length]).toEqual(Array(3).fill(groupSize - 1));
  }
  const workflows = await db.collection('workflows').find({}).toArray();
  expect(workflows.map(({ state, locked }) => [state, locked])).toEqual(
    Array(groups).fill(['COMPLETED', undefined]),
  );
  expect(await db.collection('skyrocket_intents').countDocuments()).toBe(0);
  await close();
}

/**
 * A change that was carried out may still be noted: who is killed may forget that the note is gone, and a worker may end
 * before others let it end the note. Upkeep takes it away.
 */
async function upkeepLater(mongod: MongodProcess): Promise<void> {
  const connection = await connect(mongoSettings(mongod, 'outage'));
  await doUpkeep(worldOf({ ...connection, ...hoursLater(2) }));
  await connection.client.close();
}

describe('a mongod that is killed in the middle of a run, and started again', () => {
  const dbpath = mkdtempSync(join(tmpdir(), 'skyrocket-outage-'));
  let mongod: MongodProcess | null = null;
  afterAll(async () => {
    await mongod?.stop();
    rmSync(dbpath, { recursive: true, force: true });
  });

  it(
    'is waited for by four rlaunch: 2,000 Fireworks run once each, and their results are applied once',
    async () => {
      const first = await startMongod('--dbpath', dbpath);
      mongod = first;
      const happen = async () => {
        if (!mongod) throw new Error('mongod has not been started');
        process.kill(mongod.pid, 'SIGKILL');
        await mongod.stop();
        mongod = await startMongod('--dbpath', dbpath, '--port', String(first.port));
      };
      const outages = [300, 1200].map((after) => ({ after, happen }));
      const run = await runThrough(first.uri, { groups: 200, outages });
      await upkeepLater(mongod);
      await expectAllDoneOnce(run, 200);
    },
    patiently,
  );
});

describe('a replica set whose primary steps down in the middle of a run', () => {
  let mongod: MongodProcess | null = null;
  afterAll(async () => {
    await mongod?.stop();
  });

  it(
    'is waited for: nothing runs twice, and every result is applied once',
    async () => {
      mongod = await startMongod('--replica-set');
      const { uri } = mongod;
      const terms: number[] = [];
      const happen = async () => {
        const client = await MongoClient.connect(uri);
        const admin = client.db('admin');
        terms.push((await admin.command({ replSetGetStatus: 1 })).term);
        // It ends connections, perhaps this one among them; a set of one node elects the same again.
        await admin.command({ replSetStepDown: 1, force: true }).catch(() => {});
        await client.close();
      };
      const outages = [100, 400].map((after) => ({ after, happen }));
      const run = await runThrough(uri, { groups: 60, outages });
      terms.push((await run.db.admin().command({ replSetGetStatus: 1 })).term);
      expect([...terms].sort((a, b) => a - b)).toEqual([...new Set(terms)]);
      await upkeepLater(mongod);
      await expectAllDoneOnce(run, 60);
    },
    patiently,
  );
});
