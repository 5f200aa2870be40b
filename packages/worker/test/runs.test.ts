import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FwId } from '@skyrocket/model/ids';
import { toPlain } from '@skyrocket/model/user-data';
import { parseYaml } from '@skyrocket/model/yaml';
import { singleshot } from '../src/singleshot.ts';
import { createStop } from '../src/stop.ts';
import {
  firstId,
  lastLaunch,
  nobody,
  readJsonFile,
  reasonOf,
  storedData,
  until,
  type WorkerSite,
  workerSite,
} from './worker-site.ts';

let site: WorkerSite;

beforeEach(async () => {
  site = await workerSite();
});

afterEach(async () => {
  await site.end();
});

/** A Firework of shell scripts, with further keys of its spec. */
const scripts = (commands: string[], keys = ''): string => `
spec:
  _tasks: ${JSON.stringify(commands.map((script) => ({ _fw_name: 'ScriptTask', script })))}
${keys}`;

const fileWrite = (filename: string) => ({
  _fw_name: 'FileWriteTask',
  files_to_write: [{ filename, contents: '{"stored_data": {"from": "file"}}' }],
});

describe('a workflow run by rapidfire', () => {
  it('is COMPLETED, each Firework in a launch directory of its own', async () => {
    const [first, second] = await site.add(`
fws:
- {fw_id: 1, name: one, spec: {_tasks: [{_fw_name: ScriptTask, script: echo hello, store_stdout: true}]}}
- {fw_id: 2, name: two, spec: {_tasks: [{_fw_name: ScriptTask, script: pwd > where}]}}
links: {1: [2]}
metadata: {}
`);
    const end = await site.runAll();
    expect(end).toEqual({
      launched: 2,
      completed: 2,
      fizzled: 0,
      released: 0,
      takenAway: 0,
      untold: 0,
      interruptedBy: null,
      because: null,
    });
    const [one, two] = [
      await site.firework(first ?? firstId([])),
      await site.firework(second ?? firstId([])),
    ];
    expect([one.state, two.state]).toEqual(['COMPLETED', 'COMPLETED']);
    expect(storedData(one)).toEqual({ stdout: 'hello\n', returncode: 0, all_returncodes: [0] });
    const { launchDir } = lastLaunch(two);
    expect(basename(launchDir)).toMatch(/^launcher_\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-\d{6}$/);
    expect(readFileSync(join(launchDir, 'where'), 'utf8').trim()).toBe(launchDir);
  });

  it('leaves nothing in the spool when everything was told', async () => {
    await site.add(scripts(['true']));
    await site.runAll();
    expect(readdirSync(join(site.folder, 'spool'))).toEqual([]);
  });

  it('writes FW.json as of the start, as FireWorks does', async () => {
    const id = firstId(await site.add(scripts(['true'], '  _priority: 5\n  half: 1.0')));
    await site.runAll();
    const { launchDir, launchId } = lastLaunch(await site.firework(id));
    const text = readFileSync(join(launchDir, 'FW.json'), 'utf8');
    expect(text).toContain('\n    "spec": {');
    expect(text).toContain('"half": 1.0');
    const document = readJsonFile(join(launchDir, 'FW.json'));
    expect(document).toMatchObject({ fw_id: id, state: 'RUNNING', name: 'Unnamed FW' });
    expect(document.launches).toMatchObject([
      {
        launch_id: launchId,
        state: 'RUNNING',
        launch_dir: launchDir,
        action: null,
        fworker: { name: 'bench' },
      },
    ]);
  });

  it('writes FW.yaml when asked to, and no FW.json when asked not to', async () => {
    const id = firstId(await site.add(scripts(['true'])));
    await site.runAll({ print: { json: false, yaml: true } });
    expect(await site.filesOf(id)).toEqual(['FW.yaml', 'FW_job.error', 'FW_job.out']);
    const { launchDir } = lastLaunch(await site.firework(id));
    const document = parseYaml(readFileSync(join(launchDir, 'FW.yaml'), 'utf8'));
    expect(toPlain(document)).toMatchObject({ fw_id: id, state: 'RUNNING' });
  });

  it('keeps the output of tasks in the launch directory with local redirect', async () => {
    const id = firstId(await site.add(scripts(['echo out; echo err >&2', 'echo more'])));
    await site.runAll({ output: 'launch-directory' });
    const { launchDir } = lastLaunch(await site.firework(id));
    expect(readFileSync(join(launchDir, 'FW_job.out'), 'utf8')).toBe('out\nmore\n');
    expect(readFileSync(join(launchDir, 'FW_job.error'), 'utf8')).toBe('err\n');
  });

  it('runs several at once in slots, and keeps which slot ran which', async () => {
    const meet = 'touch ../$0; while [ ! -e ../a ] || [ ! -e ../b ]; do sleep 0.02; done';
    const ids = [
      ...(await site.add(scripts([meet.replace('$0', 'a')]))),
      ...(await site.add(scripts([meet.replace('$0', 'b')]))),
    ];
    await site.runAll({}, { slots: 2, slotNames: 'stored' });
    const names = await Promise.all(
      ids.map(async (id) => storedData(await site.firework(id)).multiprocess_name),
    );
    expect(names.sort()).toEqual(['Process-1', 'Process-2']);
  });

  it('runs many short ones in batches, each with its own directory and files', async () => {
    const fireworks = Array.from(
      { length: 400 },
      (_, i) => `{fw_id: ${i}, spec: {_tasks: [{_fw_name: FileDeleteTask, files_to_delete: []}]}}`,
    );
    const links = fireworks.map((_, i) => `${i}: []`);
    const ids = await site.add(
      `{fws: [${fireworks.join(', ')}], links: {${links.join(', ')}}, metadata: {}}`,
    );
    expect(await site.runAll()).toMatchObject({ launched: 400, completed: 400 });
    const directories = new Set<string>();
    for (const id of ids) {
      const { launchDir, launchId } = lastLaunch(await site.firework(id));
      directories.add(launchDir);
      expect(readJsonFile(join(launchDir, 'FW.json'))).toMatchObject({
        fw_id: id,
        launches: [{ launch_id: launchId, launch_dir: launchDir, state: 'RUNNING' }],
      });
    }
    expect(directories.size).toBe(400);
    expect(readdirSync(join(site.folder, 'launches'))).toHaveLength(400);
  });

  it('runs short commands of a slot one after another, never two at once', async () => {
    const ledger = join(site.folder, 'ledger');
    for (let i = 0; i < 60; i++)
      await site.add(scripts([`echo ${i} begins >> ${ledger}; echo ${i} ends >> ${ledger}`]));
    expect(await site.runAll()).toMatchObject({ launched: 60, completed: 60 });
    const lines = readFileSync(ledger, 'utf8').trim().split('\n');
    expect(lines).toEqual(Array.from({ length: 60 }, (_, i) => [`${i} begins`, `${i} ends`]).flat());
  });

  it('gives back what it has claimed behind one that takes long, so that others can run it', async () => {
    const go = join(site.folder, 'go');
    for (let i = 0; i < 30; i++) await site.add(scripts([`echo ${i}`]));
    await site.add(scripts([`touch ${go}.begun; while [ ! -e ${go} ]; do sleep 0.02; done`]));
    const behind: FwId[] = [];
    for (let i = 0; i < 30; i++) behind.push(firstId(await site.add(scripts([`echo ${i}`]))));
    const end = site.runAll();
    await until(() => existsSync(`${go}.begun`));
    await until(async () => {
      const states = await Promise.all(behind.map(async (id) => (await site.firework(id)).state));
      return states.every((state) => state === 'READY');
    });
    writeFileSync(go, '');
    expect(await end).toMatchObject({ completed: 61, fizzled: 0 });
  });

  it('stops after nlaunches, and gives back what it has claimed beyond', async () => {
    for (let i = 0; i < 20; i++) await site.add(scripts([`echo ${i}`]));
    const end = await site.runAll({}, { nlaunches: 7 });
    expect(end.launched).toBe(7);
    const { count } = await site.launchpad.findFireworks({
      filter: new Map([['state', 'READY']]),
      fields: 'count',
    });
    expect(count).toBe(13);
  });

  it('begins nothing when its time is over', async () => {
    await site.add(scripts(['true']));
    const end = await site.runAll({}, { timeoutSeconds: 0, nlaunches: 'infinite' });
    expect(end.launched).toBe(0);
  });

  it('ends after so many looks without work', async () => {
    const end = await site.runAll({}, { nlaunches: 'infinite', maxLoops: 2 });
    expect(end.launched).toBe(0);
    expect(site.logged.filter((line) => line.includes('nothing is READY'))).toHaveLength(2);
  });

  it('takes only what its worker file allows', async () => {
    const here = firstId(await site.add(scripts(['true'], '  _category: here')));
    const there = firstId(await site.add(scripts(['true'], '  _category: there')));
    await site.runAll({ fworker: { ...nobody, category: 'here' } });
    expect([(await site.firework(here)).state, (await site.firework(there)).state]).toEqual([
      'COMPLETED',
      'READY',
    ]);
  });
});

describe('a Firework run by singleshot', () => {
  it('runs in the current directory', async () => {
    const id = firstId(await site.add(scripts(['touch here'])));
    const directory = join(site.folder, 'mine');
    mkdirSync(directory);
    const end = await singleshot(site.worker({ directory }), { fwId: null }, createStop());
    expect(end.completed).toBe(1);
    expect(lastLaunch(await site.firework(id)).launchDir).toBe(directory);
    expect(await site.filesOf(id)).toEqual(['FW.json', 'FW_job.error', 'FW_job.out', 'here']);
  });

  it('is the one that was named, whatever the worker file says', async () => {
    const ids = [
      ...(await site.add(scripts(['true']))),
      ...(await site.add(scripts(['true'], '  _category: elsewhere'))),
    ];
    const [other, named] = ids;
    const worker = site.worker({ fworker: { ...nobody, category: 'here' } });
    await singleshot(worker, { fwId: named ?? null }, createStop());
    expect((await site.firework(named ?? firstId([]))).state).toBe('COMPLETED');
    expect((await site.firework(other ?? firstId([]))).state).toBe('READY');
  });

  it('is no error when nothing is READY', async () => {
    const end = await singleshot(site.worker(), { fwId: null }, createStop());
    expect(end.launched).toBe(0);
  });

  it('is refused when there is no such Firework', async () => {
    await expect(singleshot(site.worker(), { fwId: firstId([]) }, createStop())).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('actions of several tasks', () => {
  it('are merged: later stored data wins, updates reach later tasks and children', async () => {
    const module = join(site.folder, 'tasks.mjs');
    writeFileSync(
      module,
      `export const Give = ({ give }) => give;
       export const Tell = (_, { spec }) => ({ stored_data: { saw: spec.x, list: spec.list }, mod_spec: [{ _push: { list: 2 } }] });`,
    );
    const [parent, child] = await site.add(`
fws:
- fw_id: 1
  spec:
    list: [1]
    _tasks:
    - {_fw_name: "js:${module}#Give", give: {stored_data: {a: 1, saw: nothing}, update_spec: {x: 5}}}
    - {_fw_name: "js:${module}#Tell"}
- fw_id: 2
  spec: {_tasks: [{_fw_name: ScriptTask, script: "true"}]}
links: {1: [2]}
metadata: {}
`);
    await site.runAll();
    expect(storedData(await site.firework(parent ?? firstId([])))).toEqual({ a: 1, saw: 5, list: [1] });
    expect(await site.spec(child ?? firstId([]))).toMatchObject({ x: 5, list: [2] });
  });

  it('come from FWAction.json too, once, and not from an earlier run', async () => {
    const directory = join(site.folder, 'mine');
    mkdirSync(directory);
    writeFileSync(join(directory, 'FWAction.json'), '{"exit": true, "stored_data": {"stale": true}}');
    const write = `printf '%s' '{"stored_data": {"fresh": true}}' > FWAction.json`;
    const id = firstId(await site.add(scripts([write, 'echo second > second'])));
    await singleshot(site.worker({ directory }), { fwId: id }, createStop());
    const data = storedData(await site.firework(id));
    expect(data).toMatchObject({ fresh: true, returncode: 0 });
    expect(data).not.toHaveProperty('stale');
    expect(await site.filesOf(id)).toEqual(
      expect.arrayContaining(['FWAction.json.stale', 'FWAction.json.task-0', 'second']),
    );
  });

  it.each([
    ['a FileWriteTask', [fileWrite('FWAction.json')]],
    ['a FileWriteTask by another path', [fileWrite('./FWAction.yaml')]],
    [
      'a FileWriteTask through a link that a program has left',
      [{ _fw_name: 'ScriptTask', script: 'ln -s FWAction.json first' }, fileWrite('first')],
    ],
  ])('come from an FWAction file of %s, in a directory of their own', async (_, tasks) => {
    const id = firstId(await site.add(JSON.stringify({ spec: { _tasks: tasks } })));
    await site.runAll();
    expect(storedData(await site.firework(id))).toMatchObject({ from: 'file' });
  });

  it('come from an FWAction file among `_files_in` after the first task', async () => {
    const copied = { _files_in: { a: 'FWAction.json' }, _files_prev: { a: join(site.folder, 'given') } };
    writeFileSync(join(site.folder, 'given'), '{"stored_data": {"from": "file"}}');
    const spec = { _tasks: [fileWrite('first')], ...copied };
    const id = firstId(await site.add(JSON.stringify({ spec })));
    await site.runAll();
    expect(storedData(await site.firework(id))).toEqual({ from: 'file' });
  });

  it('skip the remaining tasks when one of them ends the Firework', async () => {
    const write = `printf '%s' '{"exit": true}' > FWAction.json`;
    const id = firstId(await site.add(scripts([write, 'touch second'])));
    await site.runAll();
    expect((await site.firework(id)).state).toBe('COMPLETED');
    expect(await site.filesOf(id)).not.toContain('second');
  });

  it('let tasks see the environment of the worker as _fw_env, which is not stored', async () => {
    const module = join(site.folder, 'tasks.mjs');
    writeFileSync(module, 'export default (_, { spec }) => ({ stored_data: { env: spec._fw_env } });');
    const id = firstId(await site.add(`spec: {_tasks: [{_fw_name: "js:${module}"}]}`));
    await site.runAll({ fworker: { ...nobody, env: new Map([['vasp', '/opt/vasp']]) } });
    expect(storedData(await site.firework(id))).toEqual({ env: { vasp: '/opt/vasp' } });
    expect(await site.spec(id)).not.toHaveProperty('_fw_env');
  });

  it('make a Firework without tasks COMPLETED', async () => {
    const id = firstId(await site.add('spec: {_tasks: []}'));
    await site.runAll();
    expect((await site.firework(id)).state).toBe('COMPLETED');
  });
});

describe('a Firework that fails', () => {
  it('is FIZZLED with the reason and the end of its output, and the worker goes on', async () => {
    const bad = firstId(
      await site.add(scripts(['echo early', 'echo no such atom >&2; exit 3', 'touch late'])),
    );
    const good = firstId(await site.add(scripts(['true'])));
    const end = await site.runAll();
    expect(end).toMatchObject({ completed: 1, fizzled: 1 });
    const firework = await site.firework(bad);
    expect(firework.state).toBe('FIZZLED');
    expect(reasonOf(firework)).toContain('runtime error during task');
    expect(reasonOf(firework)).toContain('Return code: [3]');
    expect(reasonOf(firework)).toContain('no such atom');
    expect(storedData(firework)._task).toMatchObject({ _fw_name: 'ScriptTask' });
    expect(await site.filesOf(bad)).not.toContain('late');
    expect((await site.firework(good)).state).toBe('COMPLETED');
  });

  it('is FIZZLED when it was killed', async () => {
    const id = firstId(await site.add(scripts(['kill -9 $$'])));
    await site.runAll();
    expect(reasonOf(await site.firework(id))).toContain('Return code: [-9]');
  });

  it('is FIZZLED when its FWAction is broken, with the file and the key', async () => {
    const id = firstId(await site.add(scripts([`echo '{"stored_data": 1}' > FWAction.json`])));
    await site.runAll();
    expect(reasonOf(await site.firework(id))).toMatch(/FWAction\.json.*stored_data/);
  });

  it('is FIZZLED when what it adds cannot be added', async () => {
    const write = `echo '{"additions": [{"spec": {"_tasks": []}, "fw_id": 1}, {"no": "spec"}]}' > FWAction.json`;
    const id = firstId(await site.add(scripts([write])));
    await site.runAll();
    expect((await site.firework(id)).state).toBe('FIZZLED');
    expect(reasonOf(await site.firework(id))).toMatch(/additions/);
  });

  it('is FIZZLED when mod_spec cannot be applied', async () => {
    const write = `echo '{"mod_spec": [{"_inc": {"name": 1}}]}' > FWAction.json`;
    const id = firstId(await site.add(scripts([write], '  name: text')));
    await site.runAll();
    expect(reasonOf(await site.firework(id))).toMatch(/mod_spec: _inc of "name"/);
  });

  it('may print 100 MB', async () => {
    const print = 'head -c 100000000 /dev/zero | tr "\\\\0" x; echo; echo the last line; exit 1';
    const id = firstId(await site.add(scripts([print])));
    await site.runAll();
    const reason = reasonOf(await site.firework(id));
    expect(reason).toContain('the last line');
    expect(reason.length).toBeLessThan(30_000);
  });
});

describe('a launch directory that the spec names', () => {
  it('is made, with environment variables expanded, and used', async () => {
    process.env.SKYROCKET_TEST_FOLDER = site.folder;
    const id = firstId(
      await site.add(scripts(['touch there'], '  _launch_dir: $SKYROCKET_TEST_FOLDER/deep/er')),
    );
    await site.runAll();
    expect(lastLaunch(await site.firework(id)).launchDir).toBe(join(site.folder, 'deep/er'));
    expect(existsSync(join(site.folder, 'deep/er/there'))).toBe(true);
    expect(readdirSync(join(site.folder, 'launches'))).toEqual([]);
  });

  it('fizzles the Firework when it cannot be made', async () => {
    writeFileSync(join(site.folder, 'file'), '');
    const id = firstId(await site.add(scripts(['true'], `  _launch_dir: ${site.folder}/file/below`)));
    await site.runAll();
    expect(reasonOf(await site.firework(id))).toMatch(/_launch_dir.*file\/below/);
  });
});
