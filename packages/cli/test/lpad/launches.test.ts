import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { processStart } from '@skyrocket/contract/process-identity';
import { emptyAction } from '@skyrocket/model/action';
import { timestamp } from '@skyrocket/model/timestamp';
import type { UserMap } from '@skyrocket/model/user-data';
import { openJournal } from '@skyrocket/worker/journal';
import { newSite, type Site, withoutMoments } from '../site.ts';
import { work } from '../worked-launch.ts';

async function siteWith(...scripts: string[]): Promise<Site> {
  const site = newSite();
  await site.lpad('add_scripts', ...scripts, '-w', 'campaign');
  return site;
}

const directoryOf = (site: Site, name: string) => join(site.directory, name);

describe('lpad get_launchdir', () => {
  it('prints the directory of the last Launch, and None before the first', async () => {
    const site = await siteWith('true');
    expect((await site.lpad('get_launchdir', '1')).stdout).toBe('None\n');
    const launchDir = directoryOf(site, 'launcher_1');
    await work(site, { fwId: 1, launchDir, state: 'COMPLETED' });
    expect((await site.lpad('get_launchdir', '1')).stdout).toBe(`${launchDir}\n`);
    expect((await site.lpad('get_launchdir', '1', '--launch_idx', '0')).stdout).toBe(`${launchDir}\n`);
    const beyond = await site.lpad('get_launchdir', '1', '--launch_idx', '1');
    expect([beyond.code, beyond.stderr]).toEqual([
      2,
      'lpad: Firework 1 has 1 active Launches, and none has the index 1\n',
    ]);
    expect((await site.lpad('get_launchdir', '5')).code).toBe(2);
  });
});

const launchKeys = [
  'fworker',
  'fw_id',
  'launch_dir',
  'host',
  'ip',
  'trackers',
  'action',
  'state',
  'state_history',
  'launch_id',
];

describe('Fireworks that ran', () => {
  it('are shown with their Launches: -d more the active ones, -d all the archived ones too', async () => {
    const site = await siteWith('true');
    const launchDir = directoryOf(site, 'launcher_1');
    await work(site, {
      fwId: 1,
      launchDir,
      state: 'FIZZLED',
      action: { storedData: new Map([['energy', -1.5]]) },
    });
    await site.lpad('rerun_fws', '-i', '1');
    await work(site, { fwId: 1, launchDir: directoryOf(site, 'launcher_2'), state: 'COMPLETED' });
    const more = JSON.parse((await site.lpad('get_fws', '-d', 'more')).stdout);
    expect(Object.keys(more)).toEqual(['fw_id', 'created_on', 'updated_on', 'launches', 'state', 'name']);
    expect(Object.keys(more.launches[0])).toEqual(launchKeys);
    expect(more.launches).toMatchObject([
      { launch_id: 2, state: 'COMPLETED', fworker: { name: 'test worker' } },
    ]);
    const all = JSON.parse((await site.lpad('get_fws', '-d', 'all')).stdout);
    expect(all.archived_launches).toMatchObject([
      { launch_id: 1, state: 'FIZZLED', launch_dir: launchDir, action: { stored_data: { energy: -1.5 } } },
    ]);
    expect(JSON.parse((await site.lpad('get_wflows', '-d', 'more')).stdout).launch_dirs).toEqual({
      'Unnamed FW--1': [directoryOf(site, 'launcher_2')],
    });
  });

  it('are found by what is said of their Launches, with -lm', async () => {
    const site = await siteWith('true', 'true');
    await work(site, { fwId: 1, launchDir: directoryOf(site, 'a'), state: 'COMPLETED' });
    const ids = async (...words: string[]) =>
      (await site.lpad('get_fws', '-lm', '-d', 'ids', ...words)).stdout;
    expect(await ids('-s', 'COMPLETED')).toBe('1\n');
    expect(await ids('-q', '{"fworker.name": "test worker"}')).toBe('1\n');
    expect(await ids('-s', 'FIZZLED')).toBe('[]\n');
    expect((await site.lpad('get_fws', '-lm', '-n', 'x')).stderr).toBe(
      'lpad: -n/--name has no meaning with -lm/--launches_mode: Launches have no name\n',
    );
  });

  it('are shown on a terminal with the place of the last Launch', async () => {
    const site = await siteWith('true');
    await work(site, { fwId: 1, launchDir: '/tmp', state: 'COMPLETED' });
    const { stdout } = await site.onTerminal(
      { columns: 120, environment: { NO_COLOR: '1' } },
      'get_fws',
      '-d',
      'more',
    );
    expect(withoutMoments(stdout).split('\n')[1]).toBe(
      `    1  COMPLETED  Unnamed FW  <moment>         1  ${hostname().padEnd(4)}  /tmp`,
    );
  });
});

describe('lpad rerun_fws', () => {
  it('runs a Firework again, and what comes after it', async () => {
    const site = await siteWith('true', 'true');
    for (const fwId of [1, 2])
      await work(site, { fwId, launchDir: directoryOf(site, `${fwId}`), state: 'COMPLETED' });
    const { code, stderr } = await site.lpad('rerun_fws', '-i', '1');
    expect(code).toBe(0);
    expect(withoutMoments(stderr)).toMatch(/^<moment> INFO Finished rerunning \d Fireworks?: 1/);
    expect(JSON.parse((await site.lpad('get_wflows')).stdout).states_list).toBe('REA-W');
  });

  it('resumes at the task that failed, in the old directory', async () => {
    const site = await siteWith('true');
    const launchDir = directoryOf(site, 'old');
    const checkpoint = { taskIndex: 1, storedData: new Map(), updateSpec: new Map(), modSpec: [] };
    await work(site, { fwId: 1, launchDir, state: 'FIZZLED', checkpoint });
    expect((await site.lpad('rerun_fws', '-i', '1', '--task-level', '-pd')).code).toBe(0);
    expect(JSON.parse((await site.lpad('get_fws', '-d', 'all')).stdout).spec).toMatchObject({
      _launch_dir: launchDir,
      _recovery: { _task_n: 1, _prev_dir: launchDir, _mode: 'prev_dir' },
    });
  });

  it.each([
    [true, { n: 1 }],
    [false, undefined],
  ])('with EXCEPT_DETAILS_ON_RERUN: %s, the spec says %j of why it fizzled', async (setting, details) => {
    const site = await siteWith('true');
    site.write('FW_config.yaml', `EXCEPT_DETAILS_ON_RERUN: ${setting}\n`);
    const exception: UserMap = new Map([['_details', new Map([['n', 1]])]]);
    const action = { storedData: new Map([['_exception', exception]]) };
    await work(site, { fwId: 1, launchDir: directoryOf(site, 'a'), state: 'FIZZLED', action });
    await site.lpad('rerun_fws', '-i', '1');
    const { spec } = JSON.parse((await site.lpad('get_fws', '-d', 'all')).stdout);
    expect(spec._exception_details).toEqual(details);
  });

  it('says what its options need', async () => {
    const site = newSite();
    expect((await site.lpad('rerun_fws', '-i', '1', '-cp')).stderr).toBe(
      'lpad: -cp/--copy-data has a meaning only with --task-level\n',
    );
    expect((await site.lpad('rerun_fws', '-i', '1', '--task-level', '-cp', '-pd')).stderr).toBe(
      'lpad rerun_fws: -cp/--copy-data and -pd/--previous-dir exclude each other\n',
    );
  });
});

describe('lpad track_fws', () => {
  it('prints the last lines of tracked files, as FireWorks does', async () => {
    const site = await siteWith('true', 'true');
    const tracker = (filename: string, content: string) => ({
      filename,
      nlines: 2,
      allowZipped: false,
      content,
    });
    const trackers = [tracker('OUT', 'step 1\nstep 2'), tracker('ERR', 'oops')];
    await work(site, { fwId: 1, launchDir: directoryOf(site, 'a'), state: 'COMPLETED', trackers });
    await work(site, { fwId: 2, launchDir: directoryOf(site, 'b'), state: 'COMPLETED', trackers });
    const outs = (id: number) =>
      `# FW id: ${id}, FW name='Unnamed FW'\n## Launch id: ${id}\n### Filename: OUT\nstep 1\nstep 2\n`;
    expect((await site.lpad('track_fws', '-c', 'OUT')).stdout).toBe(`${outs(1)}>------<\n${outs(2)}`);
    expect((await site.lpad('track_fws', '-i', '1', '-x', 'ERR')).stdout).toBe(outs(1));
    expect((await site.lpad('track_fws', '-i', '1', '-x', 'ERR', '-c', 'ERR')).stdout).toBe('');
  });
});

describe('lpad delete_wflows --ldirs', () => {
  it('removes launch directories, but never one that holds home or the current directory', async () => {
    const site = await siteWith('true', 'true');
    const launchDir = directoryOf(site, 'launcher_1');
    mkdirSync(launchDir);
    writeFileSync(join(launchDir, 'FW.json'), '{}');
    await work(site, { fwId: 1, launchDir, state: 'COMPLETED' });
    await work(site, { fwId: 2, launchDir: site.directory, state: 'COMPLETED' });
    const { code, stderr } = await site.lpad('delete_wflows', '-i', '1', '--ldirs');
    expect(code).toBe(0);
    expect(stderr).toContain(
      `WARNING the launch directory ${site.directory} is kept: it holds more than a Launch`,
    );
    expect([existsSync(launchDir), existsSync(site.directory)]).toEqual([false, true]);
  });
});

describe('workers that died', () => {
  /** A process that is not there: numbers this high are not given out. */
  const nobody = 4_194_305;

  it('are found by lpad admin maintain, and what they left running is FIZZLED', async () => {
    const site = await siteWith('true');
    await work(site, { fwId: 1, launchDir: directoryOf(site, 'a'), state: null, pid: nobody });
    const { code, stderr } = await site.lpad('admin', 'maintain');
    expect(code).toBe(0);
    expect(withoutMoments(stderr)).toContain('Upkeep: ');
    expect(withoutMoments(stderr)).toContain('WARNING Launch 1 of Firework 1 is lost: FIZZLED');
    expect(JSON.parse((await site.lpad('get_fws')).stdout).state).toBe('FIZZLED');
  });

  it('leave journals, which lpad recover tells', async () => {
    const site = await siteWith('true');
    const launchDir = directoryOf(site, 'a');
    const { agentId, launchId, token, launchpad } = await work(site, { fwId: 1, launchDir, state: null });
    const spool = join(site.home, 'spool');
    const journal = openJournal(spool, {
      agentId,
      pid: nobody,
      processStart: processStart(process.pid) ?? '',
      host: hostname(),
      launchpad,
    });
    journal.started([{ launchId, token, launchpad, dir: launchDir }]);
    const endedOn = timestamp(Date.now());
    const report = {
      launchpad,
      launchId,
      token,
      state: 'COMPLETED' as const,
      action: emptyAction(),
      endedOn,
    };
    journal.ended([{ report, dir: launchDir }]);
    journal.close();
    const { code, stderr } = await site.lpad('recover', '--spool', spool);
    expect(code).toBe(0);
    expect(withoutMoments(stderr)).toBe(`<moment> INFO Told 1 results from 1 journals in ${spool}\n`);
    expect(JSON.parse((await site.lpad('get_fws')).stdout).state).toBe('COMPLETED');
    expect(withoutMoments((await site.lpad('recover', '--spool', spool)).stderr)).toBe(
      `<moment> INFO no journal in ${spool} holds a result that is not told\n`,
    );
  });
});
