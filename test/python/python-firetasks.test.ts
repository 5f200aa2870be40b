import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { pythonOf, type SkyrocketSide, skyrocketSide, workflowText } from './skyrocket-side.ts';

jest.setTimeout(180_000);

const python = pythonOf('fireworks');
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newSide(): SkyrocketSide {
  const folder = mkdtempSync(join(tmpdir(), 'skyrocket-firetasks-'));
  folders.push(folder);
  return skyrocketSide(folder, python);
}

/** A launchpad with one Firework for each list of task mappings. */
async function sideWith(...tasks: object[][]): Promise<SkyrocketSide> {
  const side = newSide();
  const fws = tasks.map((_tasks, i) => ({ fw_id: i + 1, name: `firework ${i + 1}`, spec: { _tasks } }));
  const workflow = { fws, links: {}, metadata: {}, name: 'python firetasks' };
  writeFileSync(join(side.folder, 'workflow.json'), JSON.stringify(workflow));
  await side.run('lpad', 'add', 'workflow.json');
  return side;
}

/** The Firework as `lpad get_fws -d all` shows it. */
async function shown(side: SkyrocketSide, id: number) {
  const { stdout } = await side.run('lpad', 'get_fws', '-i', String(id), '-d', 'all');
  return JSON.parse(stdout);
}

const task = (name: string, parameters: object = {}) => ({ _fw_name: name, ...parameters });

describe('a Firework with tasks of several kinds', () => {
  it('runs them in one directory, and hands the running spec from one to the next', async () => {
    const side = await sideWith([
      task('FileWriteTask', { files_to_write: [{ filename: 'measured.txt', contents: 'four' }] }),
      task('{{mixed.Measure}}'),
      task('PyTask', { func: 'builtins.repr', inputs: ['lengths'], stored_data_varname: 'seen' }),
    ]);
    side.setWorker('bench', { env: { command: 'vasp_std' } });
    await side.run('rlaunch', 'rapidfire');
    const { state, launches } = await shown(side, 1);
    expect(state).toBe('COMPLETED');
    expect(launches[0].action.stored_data).toMatchObject({
      length: 4,
      command: 'vasp_std',
      seen: '[4, 1.0]',
    });
  });

  it('prints into its launch directory where that is asked for', async () => {
    const side = await sideWith([
      task('ScriptTask', { script: 'echo "from a script" | tee measured.txt' }),
      task('{{mixed.Measure}}'),
    ]);
    side.setWorker('bench', { env: { command: '' } });
    await side.run('rlaunch', 'rapidfire', '--local_redirect');
    const directory = readdirSync(side.folder).find((name) => name.startsWith('launcher_')) ?? '';
    expect(readFileSync(join(side.folder, directory, 'FW_job.out'), 'utf8')).toBe(
      'from a script\nmeasuring\n',
    );
  });
});

describe('a Firework whose Python Firetask fails', () => {
  it('is FIZZLED with the stack trace and what was printed, and the worker goes on', async () => {
    const side = await sideWith([task('{{mixed.Explode}}')], [task('PyTask', { func: 'builtins.print' })]);
    await side.run('rlaunch', 'rapidfire');
    const exploded = await shown(side, 1);
    expect(exploded.state).toBe('FIZZLED');
    const { _exception, _task, _output } = exploded.launches[0].action.stored_data;
    expect(_task).toEqual({ _fw_name: '{{mixed.Explode}}' });
    expect(_exception._stacktrace).toMatch(/^Traceback .*mixed\.py.*ValueError: too much pressure\n$/s);
    expect(_output).toContain('pressure rises');
    expect((await shown(side, 2)).state).toBe('COMPLETED');
  });
});

describe('a Firework whose module a worker does not have', () => {
  it('is given back with the reason, and PAUSED when three different workers have not had it', async () => {
    const side = await sideWith([task('{{no_such_lab.Task}}')], [task('PyTask', { func: 'builtins.print' })]);
    const { stderr } = await side.run('rlaunch', 'rapidfire');
    expect(stderr).toContain(`module no_such_lab cannot be imported by ${python} on bench: `);
    expect((await shown(side, 1)).state).toBe('READY');
    expect((await shown(side, 2)).state).toBe('COMPLETED');
    await side.run('rlaunch', 'rapidfire');
    side.setWorker('bench 2');
    await side.run('rlaunch', 'rapidfire');
    expect((await shown(side, 1)).state).toBe('READY');
    side.setWorker('bench 3');
    await side.run('rlaunch', 'rapidfire');
    const { state, spec } = await shown(side, 1);
    expect(state).toBe('PAUSED');
    expect(JSON.stringify(spec)).toContain('could not import {{no_such_lab.Task}}');
  });

  it('is given back also when it is a job of jobflow that names the module of its function', async () => {
    const side = newSide();
    const workflow = await workflowText(python, 'flows', 'stopping');
    writeFileSync(join(side.folder, 'workflow.json'), workflow.replaceAll('"flows"', '"no_such_flows"'));
    await side.run('lpad', 'add', 'workflow.json');
    const { stderr } = await side.run('rlaunch', 'rapidfire');
    expect(stderr).toContain(`module no_such_flows cannot be imported by ${python} on bench: `);
    expect(stderr).toContain('0 COMPLETED, 0 FIZZLED, 1 given back');
  });
});
