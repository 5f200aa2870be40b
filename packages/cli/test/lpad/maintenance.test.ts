import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { UserMap } from '@skyrocket/model/user-data';
import { newSite, type Site, withoutMoments } from '../site.ts';
import { reserve, work } from '../worked-launch.ts';

const workflow = `
name: silicon
metadata: {tag: t1, kpoints: 4.0}
fws:
- {fw_id: 1, name: relax, spec: {n: 1.0, big: 123456789012345678901, '10': ten, _tasks: [{_fw_name: ScriptTask, script: echo a}]}}
- {fw_id: 2, name: static, spec: {_tasks: [{_fw_name: ScriptTask, script: echo b}]}}
links: {1: [2]}
`;

/** A site with the Workflow, of which the first Firework has run. */
async function workedSite(): Promise<Site> {
  const site = newSite();
  site.write('silicon.yaml', workflow);
  await site.lpad('add', 'silicon.yaml');
  await work(site, { fwId: 1, launchDir: join(site.directory, 'launcher_1'), state: 'COMPLETED' });
  return site;
}

const json = ({ stdout }: { stdout: string }) => JSON.parse(stdout);

describe('lpad export and import', () => {
  it('move everything to another launchpad, without loss', async () => {
    const site = await workedSite();
    expect((await site.lpad('export', 'all.jsonl')).stderr).toContain('Exported 1 Workflows of ');
    site.write('other.yaml', 'file: other.db\n');
    expect(json(await site.lpad('-l', 'other.yaml', 'import', 'all.jsonl'))).toEqual({
      kept: 1,
      mapped: 0,
      known: 0,
    });
    const shown = async (...words: string[]) => (await site.lpad(...words)).stdout;
    for (const question of [
      ['get_fws', '-d', 'all'],
      ['get_wflows', '-d', 'all'],
      ['dump_wflow', '-i', '1'],
    ]) {
      expect(await shown('-l', 'other.yaml', ...question)).toBe(await shown(...question));
    }
    await site.lpad('-l', 'other.yaml', 'export', 'again.jsonl');
    const lines = (name: string) => readFileSync(join(site.directory, name), 'utf8').split('\n').slice(1);
    expect(lines('again.jsonl')).toEqual(lines('all.jsonl'));
  });

  it('change nothing when it is done again, or in the launchpad itself', async () => {
    const site = await workedSite();
    await site.lpad('export', 'all.jsonl');
    site.write('other.yaml', 'file: other.db\n');
    await site.lpad('-l', 'other.yaml', 'import', 'all.jsonl');
    const known = { kept: 0, mapped: 0, known: 1 };
    expect(json(await site.lpad('-l', 'other.yaml', 'import', 'all.jsonl'))).toEqual(known);
    expect(json(await site.lpad('import', 'all.jsonl'))).toEqual(known);
  });

  it('give new ids where there are Fireworks already, and tell which', async () => {
    const site = await workedSite();
    await site.lpad('export', 'all.jsonl');
    site.write('other.yaml', 'file: other.db\n');
    await site.lpad('-l', 'other.yaml', 'add_scripts', 'true');
    const { stdout, stderr } = await site.lpad('-l', 'other.yaml', 'import', 'all.jsonl');
    expect(JSON.parse(stdout)).toEqual({ kept: 0, mapped: 1, known: 0 });
    expect(stderr).toContain('Imported a Workflow with new ids. id_map: {1: 2, 2: 3}');
  });

  it('refuse a file that was cut off, and store nothing of it', async () => {
    const site = await workedSite();
    await site.lpad('export', 'all.jsonl');
    const path = join(site.directory, 'all.jsonl');
    const lines = readFileSync(path, 'utf8').split('\n');
    site.write('other.yaml', 'file: other.db\n');
    const refused = async (content: string[]) => {
      writeFileSync(path, content.join('\n'));
      const { code, stdout, stderr } = await site.lpad('-l', 'other.yaml', 'import', 'all.jsonl');
      expect([code, stdout]).toEqual([2, '']);
      return stderr;
    };
    expect(await refused(lines.slice(0, 2))).toBe(
      'lpad: all.jsonl, line 2: the file ends here, but an export ends with the number of its Workflows\n',
    );
    expect(await refused([lines[0] ?? '', lines[2] ?? ''])).toContain('line 2: 0 Workflows stand before');
    expect(await refused([lines[0] ?? '', (lines[1] ?? '').slice(0, 200)])).toContain('all.jsonl, line 2: ');
    expect(await refused([workflow])).toContain('all.jsonl, line 1: ');
    expect(await refused(['{"skyrocket_export": 2, "launchpad": "x"}'])).toContain('newer Skyrocket');
    expect(json(await site.lpad('-l', 'other.yaml', 'get_fws', '-d', 'count'))).toBe(0);
  });

  it('leave no half of an export behind', async () => {
    const site = await workedSite();
    const { code, stderr } = await site.lpad('export', 'nowhere/all.jsonl');
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('lpad: nowhere/all.jsonl cannot be written ('),
    ]);
    expect(existsSync(join(site.directory, 'nowhere'))).toBe(false);
  });
});

describe('lpad check_wflow', () => {
  it('finds nothing in a sound Workflow, and says so with exit code 0', async () => {
    const { code, stdout } = await (await workedSite()).lpad('check_wflow', '-i', '2');
    expect([code, stdout]).toEqual([0, '[]\n']);
  });

  const broken = `
metadata: {}
fws:
- {fw_id: 1, name: lonely, spec: {_tasks: [{_fw_name: PyTask, func: f, inputs: [a]}]}}
- {fw_id: 2, name: other, spec: {_tasks: []}}
links: {}
`;

  it('names what is wrong with a stored one, with exit code 1', async () => {
    const site = newSite();
    site.write('broken.yaml', broken);
    await site.lpad('add', 'broken.yaml');
    const { code, stdout } = await site.lpad('check_wflow', '-i', '1');
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      [
        expect.stringContaining('falls into 2 parts'),
        expect.stringContaining('Firework 1 (lonely): its input "a" comes from nowhere'),
      ],
    ]);
  });

  it('is done by lpad add --check, which then adds nothing', async () => {
    const site = newSite();
    site.write('broken.yaml', broken);
    const { code, stderr } = await site.lpad('add', '--check', 'broken.yaml');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^lpad: broken.yaml: .*\(and 1 more faults\)\n$/),
    ]);
    expect(json(await site.lpad('get_fws', '-d', 'count'))).toBe(0);
  });
});

describe('lpad get_fws_in_wflows', () => {
  it('shows Fireworks that match in Workflows that match', async () => {
    const site = await workedSite();
    await site.lpad('add_scripts', 'true', '-n', 'static', '-w', 'other');
    const ids = async (...words: string[]) =>
      json(await site.lpad('get_fws_in_wflows', ...words, '-d', 'ids'));
    expect(await ids('-wfn', 'silicon')).toEqual([1, 2]);
    expect(await ids('-wfn', 'silicon', '-fwn', 'static')).toBe(2);
    expect(await ids('-wfi', '3')).toBe(3);
    expect(await ids('-wfs', 'RUNNING', '-fws', 'READY')).toBe(2);
    expect(await ids('-wfq', '{"metadata.tag": "t1"}', '-fwq', '{"spec.n": 1}')).toBe(1);
    expect(await ids('-fwi', '1,3')).toEqual([1, 3]);
    expect(await ids('-lm', '-fws', 'COMPLETED')).toBe(1);
  });
});

describe('lpad report', () => {
  it('counts what changed in each period, the present one first', async () => {
    const site = await workedSite();
    expect(json(await site.lpad('report', '-i', 'years', '-n', '1'))).toEqual([
      {
        period: String(new Date().getUTCFullYear()),
        states: { READY: 1, COMPLETED: 1 },
        total: 2,
        completed_percent: 100,
      },
    ]);
    const query = ['-q', '{"name": "static"}'];
    expect(json(await site.lpad('report', ...query))).toMatchObject([{ states: { READY: 1 }, total: 1 }]);
    expect(json(await site.lpad('report', '-c', 'launches'))).toMatchObject([{ states: { COMPLETED: 1 } }]);
    expect(json(await site.lpad('report', '-c', 'wflows'))).toMatchObject([{ states: { RUNNING: 1 } }]);
  });

  it('is a table on a terminal', async () => {
    const { stdout } = await (await workedSite()).onTerminal({ columns: 80 }, 'report', '-i', 'months');
    expect(stdout).toMatch(/^PERIOD +READY +COMPLETED +TOTAL +C\/\(C\+F\)\n\d{4}-\d\d +1 +1 +2 +100.0%\n$/);
  });
});

describe('lpad introspect', () => {
  it('shows what FIZZLED Fireworks have and COMPLETED ones have not', async () => {
    const site = newSite();
    const firework = (encut: number) => `{spec: {encut: ${encut}, code: vasp, _tasks: []}}`;
    for (const [i, encut] of [300, 300, 520].entries()) {
      site.write('fw.yaml', firework(encut));
      await site.lpad('add', 'fw.yaml');
      const exception: UserMap = new Map([['_stacktrace', 'Traceback:\nOSError: disk full\n']]);
      await work(site, {
        ...{ fwId: i + 1, launchDir: join(site.directory, `launcher_${i}`) },
        ...(encut === 300
          ? { state: 'FIZZLED', action: { storedData: new Map([['_exception', exception]]) } }
          : { state: 'COMPLETED' }),
      });
    }
    const found: { feature: string; difference: number }[] = json(await site.lpad('introspect'));
    expect(found.map(({ feature, difference }) => [feature, difference])).toEqual([
      ['error = OSError: disk full', 100],
      ['spec.encut = 300', 100],
      ['spec.encut = 520', -100],
    ]);
  });

  it('has nothing to say where nothing fizzled', async () => {
    expect(json(await (await workedSite()).lpad('introspect'))).toEqual([]);
  });
});

describe('lpad detect_lostruns', () => {
  /** As another program left it, which has no lease here: the export of a launchpad whose worker is gone. */
  async function siteWithLostRun(): Promise<Site> {
    const site = newSite();
    await site.lpad('add_scripts', 'true', 'true');
    await work(site, { fwId: 1, launchDir: join(site.directory, 'launcher_1'), state: null });
    await site.lpad('export', 'all.jsonl');
    const path = join(site.directory, 'all.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/\d{4}(-\d\d-\d\dT)/g, '2024$1'));
    site.write('my_launchpad.yaml', 'file: other.db\n');
    await site.lpad('import', 'all.jsonl');
    return site;
  }

  const counts = (launches: number) => ({
    lost_launches: launches,
    lost_fws: launches,
    inconsistent_fws: 0,
  });

  it('counts what was not heard of, and says what can be done', async () => {
    const site = await siteWithLostRun();
    const { stdout, stderr } = await site.lpad('detect_lostruns');
    expect(JSON.parse(stdout)).toEqual(counts(1));
    expect(withoutMoments(stderr)).toBe(
      [
        '<moment> INFO lost Launches: 1',
        '<moment> INFO lost Fireworks: 1',
        '<moment> INFO nothing was changed: --fizzle makes them FIZZLED, --rerun also runs their Fireworks again',
        '',
      ].join('\n'),
    );
    for (const words of [
      ['--time', '999999999'],
      ['-q', '{"fw_id": 2}'],
      ['-lq', '{"host": "elsewhere"}'],
      ['--min_runtime', '9999'],
    ]) {
      expect(json(await site.lpad('detect_lostruns', ...words))).toEqual(counts(0));
    }
  });

  it('makes lost Launches FIZZLED, or runs their Fireworks again', async () => {
    const state = async (site: Site) => json(await site.lpad('get_fws', '-i', '1')).state;
    const [fizzled, rerun, maintained] = [
      await siteWithLostRun(),
      await siteWithLostRun(),
      await siteWithLostRun(),
    ];
    await fizzled.lpad('detect_lostruns', '--fizzle');
    expect(await state(fizzled)).toBe('FIZZLED');
    await rerun.lpad('detect_lostruns', '--rerun');
    expect(await state(rerun)).toBe('READY');
    await maintained.lpad('admin', 'maintain');
    expect(await state(maintained)).toBe('FIZZLED');
  });

  it('leaves Launches of a living worker alone, however short the time', async () => {
    const site = newSite();
    await site.lpad('add_scripts', 'true');
    await work(site, { fwId: 1, launchDir: join(site.directory, 'launcher_1'), state: null });
    expect(json(await site.lpad('detect_lostruns', '--time', '0'))).toEqual(counts(0));
  });
});

describe('reservations that stand for too long', () => {
  /** Firework 1 was reserved in 2024, for a job of which nobody knows. */
  async function siteWithOldReservation(): Promise<Site> {
    const site = newSite();
    await site.lpad('add_scripts', 'true', 'true');
    await reserve(site, 1);
    await site.lpad('export', 'all.jsonl');
    const path = join(site.directory, 'all.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/\d{4}(-\d\d-\d\dT)/g, '2024$1'));
    site.write('my_launchpad.yaml', 'file: other.db\n');
    await site.lpad('import', 'all.jsonl');
    return site;
  }
  const state = async (site: Site) => json(await site.lpad('get_fws', '-i', '1')).state;

  it('are named by lpad detect_unreserved, and given back when that is asked for', async () => {
    const site = await siteWithOldReservation();
    expect((await site.lpad('detect_unreserved')).stdout).toBe('[1]\n');
    expect(await state(site)).toBe('RESERVED');
    expect((await site.lpad('detect_unreserved', '--time', '999999999')).stdout).toBe('[]\n');
    expect((await site.lpad('detect_unreserved', '--rerun')).stderr).toContain(
      '1 reservations were given back',
    );
    expect(await state(site)).toBe('READY');
  });

  it('are given back by lpad admin maintain, when they are older than RESERVATION_EXPIRATION_SECS says', async () => {
    const site = await siteWithOldReservation();
    site.write('FW_config.yaml', 'RESERVATION_EXPIRATION_SECS: 999999999\n');
    expect((await site.lpad('admin', 'maintain')).stderr).toContain('0 released');
    expect(await state(site)).toBe('RESERVED');
    site.write('FW_config.yaml', 'ADD_USER_PACKAGES: []\n');
    expect((await site.lpad('admin', 'maintain')).stderr).toContain(
      'Given back, since they were never started: 1',
    );
    expect(await state(site)).toBe('READY');
  });
});

describe('lpad check', () => {
  it('tells which launchpad it is, and that nothing is wrong', async () => {
    const site = await workedSite();
    const { code, stdout } = await site.lpad('check');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ launchpad: `${site.database} (embedded)`, findings: [] }),
    ]);
  });

  it('ends with exit code 1 and says what to do when the file is damaged', async () => {
    const site = newSite();
    await site.lpad('add_scripts', ...Array.from({ length: 400 }, () => 'true'));
    const bytes = readFileSync(site.database);
    bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 4096);
    writeFileSync(site.database, bytes);
    const { code, stdout, stderr } = await site.lpad('check');
    expect(code).toBeGreaterThan(0);
    expect(stdout + stderr).toMatch(/damaged/);
  });
});

describe('lpad admin on an embedded launchpad', () => {
  it('tunes up, and has neither locks nor orphans', async () => {
    const site = await workedSite();
    expect((await site.lpad('admin', 'tuneup', '--full')).stderr).toContain(
      'INFO unused space was given back',
    );
    expect((await site.lpad('admin', 'unlock', '-i', '1')).stderr).toContain(
      'none of these Workflows was locked',
    );
    expect((await site.lpad('admin', 'orphaned', '-d', 'ids')).stdout).toBe('[]\n');
    expect((await site.lpad('admin', 'orphaned', '--remove')).code).toBe(0);
    expect(json(await site.lpad('get_fws', '-d', 'count'))).toBe(2);
  });
});
