import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newSite, patiently } from './site.ts';

const hello = readFileSync(join(import.meta.dirname, '..', '..', 'examples', 'hello.yaml'), 'utf8');

describe('The first workflow of a newcomer, who has configured nothing', () => {
  it(
    'is added, run to its end and shown',
    async () => {
      const site = newSite();
      site.write('hello.yaml', hello);

      const added = await site.run('lpad', 'add', 'hello.yaml');
      expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('"1": 1') });
      expect(added.stderr).toContain('Added a workflow. id_map: {1: 1, 2: 2}');

      const ran = await site.run('rlaunch', 'rapidfire', '--sleep', '0');
      expect(ran).toMatchObject({ code: 0, stdout: '' });
      expect(ran.stderr).toContain('2 Fireworks ran: 2 COMPLETED, 0 FIZZLED');

      expect(await site.ask('get_fws')).toEqual([
        expect.objectContaining({ fw_id: 1, name: 'measure', state: 'COMPLETED' }),
        expect.objectContaining({ fw_id: 2, name: 'add up', state: 'COMPLETED' }),
      ]);
      expect(await site.ask('get_wflows')).toMatchObject({
        state: 'COMPLETED',
        name: 'hello--1',
        states_list: 'C-C',
      });
      const result = { stored_data: { stdout: '8\n', returncode: 0 } };
      expect(await site.ask('get_fws', '-i', '2', '-d', 'more')).toMatchObject({
        launches: [{ action: result }],
      });
    },
    patiently,
  );

  it(
    'runs in launch directories of its own, with FW.json and what the tasks wrote',
    async () => {
      const site = newSite();
      site.write('hello.yaml', hello);
      await site.run('lpad', 'add', 'hello.yaml');
      await site.run('rlaunch', 'rapidfire', '--sleep', '0');
      const { stdout } = await site.run('lpad', 'get_launchdir', '2');
      const directory = stdout.trimEnd();
      expect(directory.startsWith(join(site.directory, 'launcher_'))).toBe(true);
      expect(readFileSync(join(directory, 'numbers.txt'), 'utf8')).toBe('1.5 2.5 4.0\n');
      const seen = JSON.parse(readFileSync(join(directory, 'FW.json'), 'utf8'));
      expect(seen).toMatchObject({ fw_id: 2, name: 'add up', state: 'RUNNING' });
    },
    patiently,
  );

  it(
    'runs step by step with singleshot, in the current directory',
    async () => {
      const site = newSite();
      site.write('hello.yaml', hello);
      await site.run('lpad', 'add', 'hello.yaml');
      for (const states of ['C-REA', 'C-C']) {
        expect(await site.run('rlaunch', 'singleshot')).toMatchObject({ code: 0 });
        expect(await site.ask('get_wflows')).toMatchObject({ states_list: states });
      }
      expect(site.lines('numbers.txt')).toEqual(['1.5 2.5 4.0']);
      const idle = await site.run('rlaunch', 'singleshot');
      expect(idle).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('No FireWorks are ready to run'),
      });
    },
    patiently,
  );

  it(
    'goes on after a step that failed: the exit code is 0, and the reason is kept',
    async () => {
      const site = newSite();
      const tasks = (script: string) => `{_tasks: [{_fw_name: ScriptTask, script: '${script}'}]}`;
      site.write('bad.yaml', `{spec: ${tasks('echo no such pseudopotential >&2; exit 3')}}`);
      site.write('good.yaml', `{spec: ${tasks('true')}}`);
      await site.run('lpad', 'add', 'bad.yaml', 'good.yaml');
      expect(await site.run('rlaunch', 'rapidfire', '--sleep', '0')).toMatchObject({ code: 0 });
      expect(await site.ask('get_fws')).toMatchObject([{ state: 'FIZZLED' }, { state: 'COMPLETED' }]);
      const { stdout } = await site.run('lpad', '-o', 'json', 'get_fws', '-i', '1', '-d', 'more');
      expect(stdout).toContain('no such pseudopotential');
    },
    patiently,
  );
});

describe('The words of rlaunch and mlaunch', () => {
  const mistakes: [string, string[], string][] = [
    ['an unknown option', ['rapidfire', '--nlaunch', '3', '--slep', '1'], 'there is no option --slep'],
    ['a count that is none', ['rapidfire', '--nlaunches', 'many'], 'neither a number nor "infinite"'],
    ['an unknown subcommand', ['rapidfir'], 'was rapidfire meant?'],
    ['multi without a number', ['multi'], 'NUM_JOBS is missing'],
    ['a worker file that is not there', ['-w', 'nobody.yaml', 'singleshot'], 'does not exist'],
    ['offline mode where nothing was submitted', ['singleshot', '--offline'], 'FW.json is missing'],
    ['a walltime that is none', ['rapidfire', '--walltime', 'soon'], '"soon" is not a time like 01:30:00'],
    ['both ends of time', ['rapidfire', '--walltime', '9', '--end-time', '2030-01-01'], '--end-time'],
    ['the debugger', ['singleshot', '--pdb'], '--pdb is not possible here'],
  ];
  it.each(mistakes)(
    '%s: one sentence, exit 2',
    async (_, words, sentence) => {
      const { code, stdout, stderr } = await newSite().run('rlaunch', ...words);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(sentence);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    },
    patiently,
  );

  it(
    'are listed by -h, and -v tells the version',
    async () => {
      const site = newSite();
      for (const words of [['-h'], ['rapidfire', '-h'], ['singleshot', '--help'], ['multi', '-h']]) {
        expect(await site.run('rlaunch', ...words)).toMatchObject({
          code: 0,
          stderr: '',
          stdout: expect.stringMatching(/^usage: rlaunch/),
        });
      }
      expect((await site.run('mlaunch', '-h')).stdout).toMatch(/^usage: mlaunch .*NUM_JOBS/s);
      for (const program of ['rlaunch', 'mlaunch'] as const)
        expect((await site.run(program, '-v')).stdout).toMatch(new RegExp(`^${program} v\\d`));
    },
    patiently,
  );
});
