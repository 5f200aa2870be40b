import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PythonOptions } from '../src/worker-options.ts';
import { pythonWithFireWorks } from './python-workbench.ts';
import {
  firstId,
  lastLaunch,
  nobody,
  reasonOf,
  storedData,
  type WorkerSite,
  workerSite,
} from './worker-site.ts';

let site: WorkerSite;
let python: PythonOptions;

beforeAll(() => {
  python = { python: pythonWithFireWorks(), start: 'fork', userPackages: null, launchpadFile: null };
}, 120_000);

beforeEach(async () => {
  site = await workerSite();
});

afterEach(async () => {
  await site.end();
});

const tasks = (names: string[], keys = ''): string =>
  `spec: {_tasks: ${JSON.stringify(names.map((name) => ({ _fw_name: name })))}${keys}}`;

describe('Firetasks in Python', () => {
  it('run among others in one directory, and see what earlier ones changed', async () => {
    const id = firstId(
      await site.add(`
spec:
  _add_fworker: true
  _tasks:
  - {_fw_name: ScriptTask, script: "echo '{\\"update_spec\\": {\\"value\\": 1.0}}' > FWAction.json"}
  - {_fw_name: "{{lab_tasks.Echo}}", value: mine}
  - {_fw_name: "{{lab_tasks.TellAbout}}"}
  - {_fw_name: ScriptTask, script: pwd, store_stdout: true}
`),
    );
    await site.runAll({ python });
    const firework = await site.firework(id);
    expect(reasonOf(firework)).not.toContain('Traceback');
    const data = storedData(firework);
    expect(data).toMatchObject({ spec: 1, parameter: 'mine', fw_id: id, launchpad: null, fworker: 'bench' });
    expect(String(data.stdout).trim()).toBe(data.directory);
    const { action } = lastLaunch(firework);
    expect(action?.storedData.get('spec')).toEqual({ value: 1 });
  });

  it('print to the launch directory with local redirect', async () => {
    const id = firstId(await site.add(tasks(['{{lab_tasks.Print}}'])));
    await site.runAll({ python });
    const { launchDir } = lastLaunch(await site.firework(id));
    expect(readFileSync(join(launchDir, 'FW_job.out'), 'utf8')).toBe('to the output\n');
    expect(readFileSync(join(launchDir, 'FW_job.error'), 'utf8')).toBe('to the error output\n');
  });

  it('that fail are told with their stack, and what they printed', async () => {
    const id = firstId(await site.add(tasks(['{{lab_failures.RaiseError}}'])));
    await site.runAll({ python });
    const firework = await site.firework(id);
    expect(reasonOf(firework)).toMatch(/Traceback[\s\S]*ValueError: the cell is not periodic/);
    expect(storedData(firework)._output).toContain('before the error');
  });

  it('may run in the background', async () => {
    const background =
      '{_fw_name: BackgroundTask, tasks: [{_fw_name: "{{lab_tasks.Print}}"}], num_launches: 1, sleep_time: 0, run_on_finish: false}';
    const wait = 'while ! grep -q output FW_job.out; do sleep 0.02; done';
    const id = firstId(
      await site.add(
        `spec: {_tasks: [{_fw_name: ScriptTask, script: "${wait}"}], _background_tasks: [${background}]}`,
      ),
    );
    await site.runAll({ python });
    expect((await site.firework(id)).state).toBe('COMPLETED');
  });
});

describe('a Python Firetask that this worker cannot import', () => {
  it('keeps only the Firework that names what is missing from running, not others of its class', async () => {
    const calling = (module: string) =>
      `spec: {_tasks: [{_fw_name: "{{lab_tasks.CallFunction}}", module: ${module}}]}`;
    const missing = firstId(await site.add(calling('no_such_functions')));
    const found = firstId(await site.add(calling('json')));
    const end = await site.runAll({ python });
    expect(end).toMatchObject({ completed: 1, fizzled: 0, released: 1 });
    expect((await site.firework(missing)).state).toBe('READY');
    expect((await site.firework(found)).state).toBe('COMPLETED');
  });

  const missing = '{{lab_nowhere.Task}}';

  it('is left to other workers: nothing of it has run, and the Firework is READY again', async () => {
    const id = firstId(
      await site.add(
        `spec: {_tasks: [{_fw_name: ScriptTask, script: "touch ${site.folder}/ran"}, {_fw_name: "${missing}"}]}`,
      ),
    );
    const other = firstId(await site.add(tasks(['{{lab_tasks.Nothing}}'])));
    const end = await site.runAll({ python });
    expect(end).toMatchObject({ launched: 1, completed: 1, released: 1, fizzled: 0 });
    expect((await site.firework(id)).state).toBe('READY');
    expect((await site.firework(other)).state).toBe('COMPLETED');
    expect(existsSync(join(site.folder, 'ran'))).toBe(false);
    const said = `module lab_nowhere cannot be imported by ${python.python} on bench`;
    expect(site.logged.some((line) => line.includes(said))).toBe(true);
  });

  it('is not tried again by the same worker for a while', async () => {
    await site.add(tasks([missing]));
    await site.add(tasks([missing]));
    const end = await site.runAll({ python }, { nlaunches: 'infinite', maxLoops: 3 });
    expect(end.released).toBeGreaterThan(0);
    expect(end.released).toBeLessThan(3);
  });

  it('pauses the Firework, with the reason, when three workers cannot', async () => {
    const id = firstId(await site.add(tasks([missing])));
    for (const name of ['w1', 'w2', 'w3']) await site.runAll({ python, fworker: { ...nobody, name } });
    const firework = await site.firework(id);
    expect(firework.state).toBe('PAUSED');
    expect(JSON.stringify(await site.spec(id))).toContain('lab_nowhere');
  });
});
