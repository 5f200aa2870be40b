import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { silentLog } from '@skyrocket/contract/log';
import { openEmbeddedLaunchPad } from '@skyrocket/launchpad/open-embedded';
import { newSite, patiently, type Running, type Site, until } from '../programs/site.ts';
import { prepareRun } from './prepared-runs.ts';

const running: Running[] = [];
afterAll(() => {
  for (const program of running) program.kill('SIGKILL');
});

/** A site with Fireworks that are prepared for running offline, each in a directory `launch-N`. */
async function prepared(environment: Record<string, string>, ...scripts: string[]): Promise<Site> {
  const site = newSite(environment);
  const fws = scripts.map((script, i) => ({
    fw_id: i + 1,
    spec: { _tasks: [{ _fw_name: 'ScriptTask', script }] },
  }));
  site.write('workflow.yaml', JSON.stringify({ fws, links: {}, metadata: {} }));
  expect(await site.run('lpad', 'add', 'workflow.yaml')).toMatchObject({ code: 0 });
  const launchpad = await openEmbeddedLaunchPad({ file: site.database, log: silentLog });
  for (const [i] of scripts.entries())
    await prepareRun(launchpad, i + 1, join(site.directory, `launch-${i + 1}`));
  await launchpad.close();
  return site;
}

const stateOf = async (site: Site, id: number) =>
  (await site.run('lpad', '-s', 'get_fws', '-i', String(id), '-d', 'less')).stdout;

describe('lpad recover_offline', () => {
  it(
    'says what it found, and which files it could not read, with exit code 1',
    async () => {
      const site = await prepared({}, 'true', 'true');
      await site.run('rlaunch', 'rapidfire', '--offline');
      site.write('launch-2/FW_offline.json', '{"launch_id": 2, "fwac');
      const first = await site.run('lpad', 'recover_offline');
      expect(first.code).toBe(1);
      expect(first.stderr).toContain('FINISHED recovering offline runs. 1 job(s) recovered: [1]');
      expect(first.stderr).toContain('FAILED to recover offline fw_ids: [2]');
      expect(first.stderr).toContain(`${site.directory}/launch-2/FW_offline.json, line 1`);
      expect(await site.run('lpad', 'recover_offline', '-i')).toMatchObject({ code: 0 });
      expect(await site.run('lpad', 'forget_offline', '-i', '2')).toMatchObject({ code: 0 });
      expect(await site.run('lpad', 'recover_offline')).toMatchObject({ code: 0 });
      expect(await stateOf(site, 2)).toContain('RESERVED');
    },
    patiently,
  );

  it(
    'may look for the runs of one FWorker only',
    async () => {
      const site = await prepared({}, 'true');
      await site.run('rlaunch', 'rapidfire', '--offline');
      site.write('other.yaml', 'name: other\ncategory: ""\nquery: "{}"\n');
      const other = await site.run('lpad', 'recover_offline', '-w', 'other.yaml');
      expect(other.stderr).toContain('0 job(s) recovered');
      const all = await site.run('lpad', 'recover_offline', '-w', '');
      expect(all.stderr).toContain('1 job(s) recovered');
    },
    patiently,
  );

  it(
    'goes on with --every until it is stopped',
    async () => {
      const site = await prepared({}, 'true');
      const recovering = site.start('lpad', 'recover_offline', '--every', '1s');
      running.push(recovering);
      await until(() => recovering.log().includes('0 job(s) recovered'), 'it has looked');
      await site.run('rlaunch', 'rapidfire', '--offline');
      await until(() => recovering.log().includes('1 job(s) recovered: [1]'), 'it has found the result');
      recovering.kill('SIGTERM');
      expect(await recovering.ended).toMatchObject({ code: 143 });
      expect(await stateOf(site, 1)).toContain('COMPLETED');
    },
    patiently,
  );
});

describe('lpad offline prepare', () => {
  it(
    'reserves a batch for one job, in directories below the current one',
    async () => {
      const site = newSite();
      const fws = [1, 2, 3].map((fw_id) => ({
        fw_id,
        spec: { _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }] },
      }));
      site.write('workflow.yaml', JSON.stringify({ fws, links: {}, metadata: {} }));
      await site.run('lpad', 'add', 'workflow.yaml');
      const first = await site.run('lpad', 'offline', 'prepare', '2');
      expect(first.stderr).toContain(`2 Fireworks are reserved in ${site.directory}`);
      const second = await site.run('lpad', 'offline', 'prepare', '5');
      expect(second.stderr).toContain('1 Fireworks are reserved');
      const ran = await site.run('rlaunch', 'rapidfire', '--offline', '--cores', '2');
      expect(ran.stderr).toContain('3 Fireworks ran: 3 COMPLETED');
      const { stderr } = await site.run('lpad', 'recover_offline');
      expect(stderr).toContain('3 job(s) recovered: [1, 2, 3]');
    },
    patiently,
  );
});

describe('rlaunch --offline', () => {
  it(
    'runs FW.json of the current directory, and says so where there is none',
    async () => {
      const site = await prepared({}, 'touch ran');
      expect(await site.run('rlaunch', 'singleshot', '--offline')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`${site.directory}/FW.json is missing`),
      });
      const here = join(site.directory, 'launch-1');
      for (const name of ['FW.json', 'FW_offline.json'])
        site.write(name, readFileSync(join(here, name), 'utf8'));
      expect(await site.run('rlaunch', 'singleshot', '--offline')).toMatchObject({ code: 0 });
      expect(existsSync(join(site.directory, 'ran'))).toBe(true);
    },
    patiently,
  );

  it(
    'leaves a Launch that was killed as it is: started, and never again',
    async () => {
      const site = await prepared({}, 'touch ran; sleep 600');
      const killed = site.start('rlaunch', 'rapidfire', '--offline');
      running.push(killed);
      await until(() => existsSync(join(site.directory, 'launch-1', 'ran')), 'it runs');
      killed.kill('SIGKILL');
      await killed.ended;
      const again = await site.run('rlaunch', 'rapidfire', '--offline');
      expect(again.stderr).toContain('No FireWorks are ready to run');
      await site.run('lpad', 'recover_offline');
      expect(await stateOf(site, 1)).toContain('RUNNING');
    },
    patiently,
  );
});

describe('lpad offline install-cron and remove-cron', () => {
  it(
    'put one line into the crontab of the user, and take it out again',
    async () => {
      const bin = mkdtempSync(join(tmpdir(), 'skyrocket-cron-'));
      const table = join(bin, 'table');
      const show = `if [ "$1" = -l ]; then cat ${table}`;
      writeFileSync(
        join(bin, 'crontab'),
        `#!/bin/sh\n${show}; else cat >${table}.new && mv ${table}.new ${table}; fi\n`,
      );
      chmodSync(join(bin, 'crontab'), 0o755);
      writeFileSync(table, '0 1 * * * backup\n');
      const site = newSite({ PATH: `${bin}:${process.env.PATH}` });
      const lines = () => readFileSync(table, 'utf8').trimEnd().split('\n');
      await site.run('lpad', 'offline', 'install-cron', '--minutes', '10');
      await site.run('lpad', 'offline', 'install-cron');
      expect(lines()).toEqual([
        '0 1 * * * backup',
        expect.stringMatching(/^\*\/5 \* \* \* \* \/bin\/bash -l -c 'cd .* recover_offline' >>/),
      ]);
      await site.run('lpad', 'offline', 'remove-cron');
      expect(lines()).toEqual(['0 1 * * * backup']);
      rmSync(bin, { recursive: true });
    },
    patiently,
  );

  it(
    'run with the launchpad and the configuration that were named, and what a login shell knows',
    async () => {
      const bin = mkdtempSync(join(tmpdir(), 'skyrocket-cron-'));
      const table = join(bin, 'table');
      writeFileSync(
        join(bin, 'crontab'),
        `#!/bin/sh\nif [ "$1" = -l ]; then echo no crontab >&2; exit 1; else cat >${table}; fi\n`,
        { mode: 0o755 },
      );
      const site = newSite({ PATH: `${bin}:${process.env.PATH}` });
      const file = join(site.directory, 'o%ther.db');
      const named = site.write("it's.yaml", JSON.stringify({ file }));
      site.write('conf/my_fworker.yaml', 'name: other\n');
      const place = ['-l', named, '-c', 'conf'];
      const task = { _fw_name: 'ScriptTask', script: 'true' };
      site.write('one.yaml', JSON.stringify({ spec: { _tasks: [task] } }));
      await site.run('lpad', ...place, 'add', 'one.yaml');
      const launchpad = await openEmbeddedLaunchPad({ file, log: silentLog });
      await prepareRun(launchpad, 1, join(site.directory, 'launch'));
      await launchpad.close();
      const job = await site.start('rlaunch', 'rapidfire', '--offline').ended;
      expect(job).toMatchObject({ code: 0 });
      expect(await site.run('lpad', ...place, 'offline', 'install-cron')).toMatchObject({ code: 0 });
      // As cron does: without an environment, and with its own meaning of a percent sign.
      const line = readFileSync(table, 'utf8')
        .replace(/^(\S+ ){5}/, '')
        .replaceAll('\\%', '%');
      const home = join(site.directory, '..', 'home');
      execFileSync('/bin/sh', ['-c', line], { cwd: '/', env: { HOME: home, PATH: '/usr/bin:/bin' } });
      expect(site.lines('recover_offline.log').join()).toContain('1 job(s) recovered: [1]');
      const count = ['-s', 'get_fws', '-s', 'COMPLETED', '-d', 'count'];
      expect((await site.run('lpad', ...place, ...count)).stdout).toBe('1\n');
      rmSync(bin, { recursive: true });
    },
    patiently,
  );

  it(
    'refuse a pause that cron does not know',
    async () => {
      const { code, stderr } = await newSite().run('lpad', 'offline', 'install-cron', '--minutes', '90');
      expect([code, stderr]).toEqual([2, expect.stringContaining('cron takes 1 to 59 minutes')]);
    },
    patiently,
  );
});
