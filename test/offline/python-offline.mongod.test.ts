import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLog } from '@skyrocket/contract/log';
import { openMongoLaunchPad } from '@skyrocket/launchpad/open-mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { placeOf } from '../mongodb/skyrocket-side.ts';
import { newSite, patiently, type Site } from '../programs/site.ts';
import { pythonOf } from '../python/skyrocket-side.ts';
import { prepareRun } from './prepared-runs.ts';

const start = promisify(execFile);

let mongod: MongodProcess;
let python: string;
beforeAll(async () => {
  python = pythonOf('fireworks');
  mongod = await startMongod();
}, patiently);
afterAll(() => mongod.stop());

/** A site with a FireWorks database of its own. */
interface Shared {
  site: Site;
  /** A program of FireWorks, in a directory of the site. */
  fireworks(dir: string, program: 'lpad' | 'rlaunch' | 'python', ...words: string[]): Promise<string>;
  /** What `lpad get_fws` shows of a Firework, with its Launch. */
  shown(
    id: number,
  ): Promise<{ state: string; launches: { state_history: { state: string; created_on: string }[] }[] }>;
  /** A directory of the site, with my_launchpad.yaml in it. */
  directory(name: string): string;
}

let databases = 0;

async function shared(...scripts: string[]): Promise<Shared> {
  const site = newSite({ PATH: `${dirname(python)}:${process.env.PATH}` });
  const name = `offline_${databases++}`;
  const { hostname, port } = new URL(mongod.uri);
  const home = join(site.directory, '..', 'home');
  site.write(
    'my_launchpad.yaml',
    JSON.stringify({ host: hostname, port: Number(port), name, strm_lvl: 'INFO' }),
  );
  const result: Shared = {
    site,
    async fireworks(dir, program, ...words) {
      const env = { PATH: process.env.PATH, HOME: home };
      const { stdout } = await start(join(dirname(python), program), words, { cwd: dir, env });
      return stdout;
    },
    async shown(id) {
      const found: Awaited<ReturnType<Shared['shown']>> = JSON.parse(
        (await site.run('lpad', '-o', 'json', '-s', 'get_fws', '-i', String(id), '-d', 'all')).stdout,
      );
      return found;
    },
    directory(dirName) {
      const dir = join(site.directory, dirName);
      mkdirSync(dir);
      copyFileSync(join(site.directory, 'my_launchpad.yaml'), join(dir, 'my_launchpad.yaml'));
      return dir;
    },
  };
  const fws = scripts.map((script, i) => ({
    ...{ fw_id: i + 1, name: `offline ${i}` },
    spec: { n: 0, _tasks: [{ _fw_name: 'ScriptTask', script, store_stdout: true }] },
  }));
  site.write('workflow.yaml', JSON.stringify({ fws, links: {}, metadata: {} }));
  expect(await site.run('lpad', 'add', 'workflow.yaml')).toMatchObject({ code: 0 });
  return result;
}

/** Reserves a Firework by Skyrocket, and puts its files into a directory. */
async function reserve({ site }: Shared, id: number, dir: string): Promise<void> {
  const { name } = JSON.parse(readFileSync(join(site.directory, 'my_launchpad.yaml'), 'utf8'));
  const launchpad = await openMongoLaunchPad({ place: placeOf(mongod.uri, name), log: silentLog });
  try {
    await prepareRun(launchpad, id, dir);
  } finally {
    await launchpad.close();
  }
}

describe('a Launch that Skyrocket has reserved for running offline', () => {
  it(
    'may be run by FireWorks, and recovered by Skyrocket',
    async () => {
      const both = await shared('echo result');
      const dir = both.directory('job');
      await reserve(both, 1, dir);
      await both.fireworks(dir, 'rlaunch', 'singleshot', '--offline');
      const { started_on, completed_on } = JSON.parse(readFileSync(join(dir, 'FW_offline.json'), 'utf8'));
      const { code, stderr } = await both.site.run('lpad', 'recover_offline');
      expect(stderr).toContain('FINISHED recovering offline runs. 1 job(s) recovered: [1]');
      expect(code).toBe(0);
      const { state, launches } = await both.shown(1);
      expect(state).toBe('COMPLETED');
      const moments = launches[0]?.state_history.map((entry) => entry.created_on.slice(0, 23));
      expect(moments?.slice(1)).toEqual([started_on, completed_on].map((moment) => moment.slice(0, 23)));
      expect(JSON.stringify(launches)).toContain('result\\n');
    },
    patiently,
  );

  it(
    'may be run by Skyrocket, and recovered by FireWorks',
    async () => {
      const both = await shared('echo result', 'exit 3');
      for (const id of [1, 2]) await reserve(both, id, both.directory(`job-${id}`));
      const { stderr } = await both.site.run('rlaunch', 'rapidfire', '--offline');
      expect(stderr).toContain('2 Fireworks ran: 1 COMPLETED, 1 FIZZLED');
      const said = await both.fireworks(both.site.directory, 'lpad', 'recover_offline');
      expect(said).toContain('2 job(s) recovered');
      expect((await both.shown(1)).state).toBe('COMPLETED');
      expect((await both.shown(2)).state).toBe('FIZZLED');
      const again = await both.site.run('lpad', 'recover_offline');
      expect(again.stderr).toContain('0 job(s) recovered: []');
    },
    patiently,
  );

  it(
    'may be one of a batch, as jobs of a chain get it',
    async () => {
      const both = await shared('echo result', 'echo more');
      expect(await both.site.run('lpad', 'offline', 'prepare', '5')).toMatchObject({ code: 0 });
      const { stderr } = await both.site.run('rlaunch', 'rapidfire', '--offline');
      expect(stderr).toContain('2 Fireworks ran: 2 COMPLETED');
      const said = await both.fireworks(both.site.directory, 'lpad', 'recover_offline');
      expect(said).toContain('2 job(s) recovered');
      for (const id of [1, 2]) expect((await both.shown(id)).state).toBe('COMPLETED');
    },
    patiently,
  );
});

describe('a Launch that FireWorks has reserved for running offline', () => {
  it(
    'may be run by Skyrocket without its launchpad, and recovered by Skyrocket',
    async () => {
      const both = await shared('echo result', 'echo other');
      const dir = both.directory('job');
      await both.fireworks(dir, 'python', join(import.meta.dirname, 'reserve_offline.py'));
      const ran = await both.site.run('rlaunch', 'rapidfire', '--offline');
      expect(ran.stderr).toContain('1 COMPLETED');
      const { stderr } = await both.site.run('lpad', 'recover_offline');
      expect(stderr).toMatch(/1 job\(s\) recovered: \[\d\]/);
      const { stdout } = await both.site.run('lpad', '-s', 'get_fws', '-s', 'COMPLETED', '-d', 'count');
      expect(stdout.trim()).toBe('1');
    },
    patiently,
  );

  it(
    'may be seen to run by FireWorks, and then be recovered by Skyrocket',
    async () => {
      const both = await shared('while [ ! -e go ]; do sleep 0.1; done');
      const dir = both.directory('job');
      await both.fireworks(dir, 'python', join(import.meta.dirname, 'reserve_offline.py'));
      const running = both.site.start('rlaunch', 'rapidfire', '--offline');
      const deadline = Date.now() + 60_000;
      while (!readFileSync(join(dir, 'FW_offline.json'), 'utf8').includes('started_on')) {
        if (Date.now() > deadline) throw new Error('it does not start');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await both.fireworks(both.site.directory, 'lpad', 'recover_offline');
      expect((await both.shown(1)).state).toBe('RUNNING');
      writeFileSync(join(dir, 'go'), '');
      await running.ended;
      await both.site.run('lpad', 'recover_offline');
      expect((await both.shown(1)).state).toBe('COMPLETED');
    },
    patiently,
  );

  it(
    'may be forgotten by either',
    async () => {
      const both = await shared('true');
      const dir = both.directory('job');
      await both.fireworks(dir, 'python', join(import.meta.dirname, 'reserve_offline.py'));
      await both.site.run('lpad', 'forget_offline', '-i', '1');
      await both.site.run('rlaunch', 'rapidfire', '--offline');
      expect(await both.fireworks(both.site.directory, 'lpad', 'recover_offline')).toContain(
        '0 job(s) recovered',
      );
      expect((await both.shown(1)).state).toBe('RESERVED');
    },
    patiently,
  );
});
