import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import { createStop } from '../../src/stop.ts';
import { firstId, lastLaunch, reasonOf, storedData } from '../worker-site.ts';
import { type OfflineSite, offlineSite } from './offline-site.ts';

let site: OfflineSite;
beforeEach(async () => {
  site = await offlineSite();
});
afterEach(() => site.end());

const script = (text: string, keys = '') =>
  `spec: {_tasks: [{_fw_name: ScriptTask, script: ${JSON.stringify(text)}, store_stdout: true}]${keys}}`;

const submitted = async (yaml: string) => {
  const id = firstId(await site.add(yaml));
  return { id, dir: await site.submit(id) };
};

const read = (dir: string, name: string) => JSON.parse(readFileSync(join(dir, name), 'utf8'));

describe('a Launch without a launchpad', () => {
  it('runs in its directory, and is known to the launchpad when somebody has looked', async () => {
    const { id, dir } = await submitted(script('pwd'));
    expect(await site.runOne(dir)).toMatchObject({ launched: 1, completed: 1, untold: 0 });
    expect((await site.firework(id)).state).toBe('RESERVED');
    expect(await site.recover()).toEqual({
      recovered: [id],
      running: [],
      givenBack: [],
      failed: [],
      open: [],
    });
    const firework = await site.firework(id);
    expect(firework.state).toBe('COMPLETED');
    expect(storedData(firework)).toMatchObject({ stdout: `${dir}\n`, returncode: 0 });
    expect(await site.recover()).toEqual({ recovered: [], running: [], givenBack: [], failed: [], open: [] });
  });

  it('writes the files of FireWorks', async () => {
    const { dir } = await submitted(script('echo on'));
    expect(read(dir, 'FW_offline.json')).toEqual({ launch_id: 1, launchpad: expect.any(String) });
    await site.runOne(dir);
    const moment = expect.stringMatching(/^\d{4}-.*\+00:00$/);
    expect(read(dir, 'FW_offline.json')).toMatchObject({
      ...{ launch_id: 1, started_on: moment, completed_on: moment, state: 'COMPLETED' },
      checkpoint: { _task_n: 0 },
      fwaction: { stored_data: { stdout: 'on\n' }, exit: false, mod_spec: [] },
    });
    expect(read(dir, 'FW_ping.json')).toEqual({ ping_time: moment });
    expect(read(dir, 'FW.json')).toMatchObject({ fw_id: 1, state: 'RUNNING' });
  });

  it('keeps the moments of its start and its end', async () => {
    const { id, dir } = await submitted(script('sleep 0.3'));
    await site.runOne(dir);
    const { started_on, completed_on } = read(dir, 'FW_offline.json');
    await site.recover();
    const { history } = lastLaunch(await site.firework(id));
    expect(history.map(({ state }) => state)).toEqual(['RESERVED', 'RUNNING', 'COMPLETED']);
    expect([history[1]?.createdOn, history[2]?.createdOn]).toEqual([started_on, completed_on]);
  });

  it('may fail, with its checkpoint and the content of its trackers', async () => {
    const trackers = ', _trackers: [{filename: progress, nlines: 1}]';
    const { id, dir } = await submitted(script('echo half > progress; exit 3', trackers));
    expect(await site.runOne(dir)).toMatchObject({ fizzled: 1 });
    await site.recover();
    const firework = await site.firework(id);
    expect(firework.state).toBe('FIZZLED');
    const { trackers: seen, history } = lastLaunch(firework);
    expect(seen).toMatchObject([{ filename: 'progress', content: 'half' }]);
    expect(history.at(-1)?.checkpoint).toMatchObject({ taskIndex: 0 });
  });

  it('is seen to run, before it has ended', async () => {
    const { id, dir } = await submitted(script('while [ ! -e go ]; do sleep 0.05; done'));
    const end = site.runOne(dir);
    await until(
      () => existsSync(join(dir, 'FW_offline.json')) && 'started_on' in read(dir, 'FW_offline.json'),
    );
    expect((await site.recover()).running).toEqual([id]);
    expect((await site.firework(id)).state).toBe('RUNNING');
    writeFileSync(join(dir, 'go'), '');
    await end;
    expect((await site.recover()).recovered).toEqual([id]);
  });

  it('is started once, whoever comes later', async () => {
    const { id, dir } = await submitted(script(`echo x >> ${site.folder}/ran`));
    await Promise.all([site.runOne(dir), site.runOne(dir), site.runOne(dir)]);
    expect(await site.runOne(dir)).toMatchObject({ launched: 0 });
    expect(readFileSync(join(site.folder, 'ran'), 'utf8')).toBe('x\n');
    await site.recover();
    expect((await site.firework(id)).state).toBe('COMPLETED');
    expect(site.logged.join('\n')).toMatch(/is not run: it was started before by process \d+/);
  });

  it('fizzles where its task cannot be imported, since nobody else can run it', async () => {
    const { id, dir } = await submitted('spec: {_tasks: [{_fw_name: "js:./missing.mjs#Task"}]}');
    await site.runOne(dir);
    expect((await site.recover()).recovered).toEqual([id]);
    expect(reasonOf(await site.firework(id))).toContain('missing.mjs');
  });
});

describe('a file system that cannot be written for a while', () => {
  it('is waited for: the result is written when it can be', async () => {
    const { id, dir } = await submitted(script('echo result; mv "$PWD" "$PWD.away"'));
    const end = site.runOne(dir);
    await until(() => site.logged.some((line) => line.includes('FW_offline.json cannot be written')));
    renameSync(`${dir}.away`, dir);
    expect(await end).toMatchObject({ completed: 1, untold: 0 });
    expect((await site.recover()).recovered).toEqual([id]);
    expect(storedData(await site.firework(id))).toMatchObject({ stdout: 'result\n' });
  });
});

describe('a batch of Launches without a launchpad', () => {
  it('runs in the directories of one job, several at once', async () => {
    const ids = [];
    for (const n of [1, 2, 3, 4, 5]) ids.push((await submitted(script(`echo ${n}`))).id);
    expect(await site.runBatch({ slots: 2 })).toMatchObject({ completed: 5 });
    expect((await site.recover()).recovered).toEqual(ids);
  });

  it('gives back what it does not run, and that is READY again', async () => {
    const first = await submitted(script('touch began; sleep 100'));
    const second = await submitted(script('true'));
    const stop = createStop();
    const end = site.runBatch({}, stop);
    await until(() => existsSync(join(first.dir, 'began')));
    stop.ask('SIGTERM', 'the time of job 3 ends');
    await end;
    const recovery = await site.recover();
    expect([recovery.recovered, recovery.givenBack]).toEqual([[first.id], [second.id]]);
    expect((await site.firework(second.id)).state).toBe('READY');
    expect(reasonOf(await site.firework(first.id))).toContain('interrupted: the time of job 3 ends');
    expect(await site.recover()).toEqual({ recovered: [], running: [], givenBack: [], failed: [], open: [] });
    // Another job does not find it, should it come so late.
    await site.runBatch();
    expect(existsSync(join(second.dir, 'FW_ping.json'))).toBe(false);
  });

  it('leaves out directories that cannot be read, and says which', async () => {
    const [bad, good] = [await submitted(script('true')), await submitted(script('true'))];
    writeFileSync(join(bad.dir, 'FW.json'), '{"spec": {"_ta');
    expect(await site.runBatch()).toMatchObject({ completed: 1 });
    expect((await site.recover()).recovered).toEqual([good.id]);
    expect(site.logged.join('\n')).toContain(`${bad.dir} is left out: `);
  });
});

describe('what is found in the directory of an offline Launch', () => {
  it.each([
    ['half-written', '{"launch_id": 1, "started_o', 'FW_offline.json'],
    ['no JSON', 'hello', 'FW_offline.json'],
    ['a list', '[]', 'this is no mapping'],
    ['that of another Launch', '{"launch_id": 77}', 'is that of Launch 77, not of 1'],
    ['edited by hand', '{"launch_id": 1, "started_on": "yesterday"}', '"started_on" is no date and time'],
    [
      'edited by hand in its action',
      '{"launch_id": 1, "fwaction": {"stored_data": 5}, "state": "COMPLETED", "completed_on": "2024-01-01T00:00:00"}',
      'FW_offline.json: stored_data: a mapping is expected',
    ],
    ['without its Launch', '{"launch_id": "x"}', 'FW_offline.json: launch_id: '],
    [
      'without its end',
      '{"launch_id": 1, "fwaction": {}, "state": "DONE"}',
      '"state" must be COMPLETED or FIZZLED',
    ],
  ])('may be %s: the Firework stays as it is, and it is said in one sentence', async (_, text, sentence) => {
    const { id, dir } = await submitted(script('true'));
    const path = join(dir, 'FW_offline.json');
    const before = readFileSync(path);
    writeFileSync(path, text);
    const { failed } = await site.recover();
    expect(failed).toEqual([{ fwId: id, reason: expect.stringContaining(sentence) }]);
    expect((await site.firework(id)).state).toBe('RESERVED');
    writeFileSync(path, before);
    await site.runOne(dir);
    expect((await site.recover()).recovered).toEqual([id]);
  });

  it('may be nothing: the Firework stays as it is', async () => {
    const { id, dir } = await submitted(script('true'));
    rmSync(dir, { recursive: true });
    expect((await site.recover()).failed).toEqual([
      { fwId: id, reason: `there is no FW_offline.json in ${dir}` },
    ]);
    expect((await site.firework(id)).state).toBe('RESERVED');
  });

  it('may be told by two at once, and counts once', async () => {
    const { id, dir } = await submitted(
      script(`echo '{"mod_spec": [{"_inc": {"n": 1}}]}' > FWAction.json`, ', n: 0'),
    );
    await site.runOne(dir);
    const rounds = await Promise.all([site.recover(), site.recover(), site.recover()]);
    expect(rounds.flatMap((round) => round.failed)).toEqual([]);
    const { launchRecords } = await site.firework(id);
    expect(launchRecords[0]?.history.map(({ state }) => state)).toEqual(['RESERVED', 'RUNNING', 'COMPLETED']);
  });

  it('may be a copy of what was told before, or come after the user has decided otherwise', async () => {
    const { id, dir } = await submitted(script('true'));
    await site.launchpad.defuse({ key: 'defuse', fwIds: [id] });
    await site.runOne(dir);
    expect((await site.recover()).recovered).toEqual([]);
    expect((await site.firework(id)).state).toBe('DEFUSED');
    expect(existsSync(join(dir, 'refused_report_1.json'))).toBe(true);
    cpSync(dir, join(site.batch, 'copy'), { recursive: true });
    expect(await site.runOne(join(site.batch, 'copy'))).toMatchObject({ launched: 0 });
    expect((await site.firework(fwId(id))).state).toBe('DEFUSED');
  });

  it('may be in the journal of a worker only, which was killed before it wrote more', async () => {
    const { id, dir } = await submitted(script('echo result'));
    await site.runOne(dir);
    const { fwaction, state, completed_on, ...begun } = read(dir, 'FW_offline.json');
    writeFileSync(join(dir, 'FW_offline.json'), JSON.stringify(begun));
    writeFileSync(join(dir, '.skyrocket', 'a.journal'), journal({ fwaction, state, completed_on }));
    expect((await site.recover()).recovered).toEqual([id]);
    expect(storedData(await site.firework(id))).toMatchObject({ stdout: 'result\n' });
  });
});

const journal = (end: { fwaction: unknown; state: string; completed_on: string }) => {
  const owner = { agent: 'a', pid: 1, process_start: '', host: 'gone', launchpad: 'l' };
  const report = { launchpad: 'l', launch_id: 1, token: 't', state: end.state, ended_on: end.completed_on };
  const ended = { ended: { ...report, action: end.fwaction }, dir: '/' };
  return `${JSON.stringify(owner)}\n${JSON.stringify(ended)}\n`;
};

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('it did not come about within thirty seconds');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
