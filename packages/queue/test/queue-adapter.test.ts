import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { jobScript } from '@skyrocket/queue/job-script';
import { withSettings } from '@skyrocket/queue/queue-adapter';
import { adapter, settings, source } from './adapter-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'skyrocket-queue-'));
afterAll(() => rmSync(folder, { recursive: true }));

const script = (yaml: string, directory = '/scratch/launcher_1') =>
  jobScript(adapter(yaml), { directory, jobName: null, options: '' });

describe('my_qadapter.yaml of FireWorks', () => {
  it('makes a script of Slurm with the directives whose variables are set, in their order', () => {
    const text = script(`
      _fw_name: CommonAdapter
      _fw_q_type: SLURM
      rocket_launch: rlaunch -w /w/my_fworker.yaml singleshot
      nodes: 2
      ntasks_per_node: 16
      walltime: '24:00:00'
      queue: regular
      account: null
      job_name: null
      logdir: /logs
      pre_rocket: |-
        module load vasp
        export X=$HOME
      post_rocket: echo done
    `);
    expect(text).toBe(
      [
        '#!/bin/bash -l',
        '#SBATCH --nodes=2',
        '#SBATCH --ntasks-per-node=16',
        '#SBATCH --time=24:00:00',
        '#SBATCH --partition=regular',
        '#SBATCH --job-name=FW_job',
        '#SBATCH --output=FW_job-%j.out',
        '#SBATCH --error=FW_job-%j.error',
        '',
        'module load vasp',
        'export X=$HOME',
        'cd /scratch/launcher_1',
        'rlaunch -w /w/my_fworker.yaml singleshot',
        'echo done',
        '',
      ].join('\n'),
    );
  });

  it('leaves a directive with two variables out unless both are set', () => {
    const pbs = '{_fw_q_type: PBS, rocket_launch: rlaunch singleshot, nnodes: 1';
    expect(script(`${pbs}}`)).not.toContain('nodes=');
    expect(script(`${pbs}, ppnode: 8}`)).toContain('#PBS -l nodes=1:ppn=8\n');
  });

  it('ends the directives of LoadLeveler with queue, and begins those of LSF without an interpreter', () => {
    const common = 'rocket_launch: rlaunch singleshot';
    expect(script(`{_fw_q_type: LoadLeveler, ${common}, resources: ConsumableCpus(1) x}`)).toMatch(
      /# @ resources = ConsumableCpus\(1\) x\n(# @ .*\n)*# @ queue\n\ncd /,
    );
    expect(script(`{_fw_q_type: LoadSharingFacility, ${common}, ntasks: 4}`)).toMatch(/^#BSUB -n 4\n/);
  });

  it('knows a variable with a hyphen as the one with an underscore', () => {
    expect(script('{_fw_q_type: SLURM, rocket_launch: r, gpu-bind: none}')).toContain('--gpu-bind=none\n');
  });

  it('fills a template of the user, and drops its lines whose variables are not set', () => {
    const file = join(folder, 'template.txt');
    writeFileSync(
      file,
      '#!/bin/sh\n#X -q $${queue}\n#X -A $${account}\n#X $$constraint\ncd $${launch_dir}\n$${rocket_launch}\n',
    );
    const text = script(
      `{_fw_q_type: SGE, _fw_template_file: ${file}, rocket_launch: rlaunch singleshot, queue: all.q, constraint: c}`,
    );
    expect(text).toBe('#!/bin/sh\n#X -q all.q\n#X c\ncd /scratch/launcher_1\nrlaunch singleshot\n');
  });

  it('keeps lines of pre_rocket with $$ in them', () => {
    const text = script('{_fw_q_type: SGE, rocket_launch: r, pre_rocket: "echo $$\\necho $${x}"}');
    expect(text).toContain('echo $$\necho $${x}\n');
  });

  it('takes other programs to submit and to list', () => {
    const { commands } = adapter(
      '{_fw_q_type: PBS, rocket_launch: r, _q_commands_override: {submit_cmd: my_qsub --fast, status_cmd: my_qstat}}',
    );
    expect(commands).toEqual({ submit: ['my_qsub', '--fast'], status: ['my_qstat'] });
  });
});

describe('values in a script', () => {
  it('are one word of their directive, whatever is in them', () => {
    expect(script('{_fw_q_type: SLURM, rocket_launch: r, job_name: a "b" c}')).toContain(
      '--job-name="a \\"b\\" c"\n',
    );
  });

  it('cannot begin another directive', () => {
    const injecting = '{_fw_q_type: SLURM, rocket_launch: r, account: "a\\n#SBATCH --x"}';
    expect(() => script(injecting)).toThrow(/value of account has several lines.*key directives/);
  });

  it('quote the launch directory for the shell', () => {
    const text = script('{_fw_q_type: SGE, rocket_launch: r}', "/it's here/$x");
    expect(text).toContain(`cd '/it'\\''s here/$x'\n`);
  });

  it('may be further directives, as they are', () => {
    const text = script(
      '{_fw_q_type: SLURM, rocket_launch: r, directives: [--exclusive, --reservation=a b]}',
    );
    expect(text).toContain('#SBATCH --exclusive\n#SBATCH --reservation=a b\n\n');
  });
});

describe('mistakes in my_qadapter.yaml', () => {
  it.each([
    ['{_fw_q_type: SLRUM, rocket_launch: r}', /_fw_q_type: "SLRUM".*was SLURM meant\?/],
    ['{rocket_launch: r}', /_fw_q_type: "" is no batch system/],
    ['{_fw_q_type: SLURM}', /rocket_launch: a job needs a command/],
    ['{_fw_q_type: SLURM, rocket_launch: r, ntasks: many}', /ntasks: "many" is no number of things/],
    ['{_fw_q_type: SLURM, rocket_launch: r, cpus_per_task: 0}', /cpus_per_task: "0" is no number/],
    ['{_fw_q_type: SLURM, rocket_launch: r, walltime: 2 hours}', /walltime: "2 hours" is no time/],
    ['{_fw_q_type: SLURM, rocket_launch: r, queue: [a, b]}', /queue: a text or a number is expected here/],
    ['{_fw_q_type: SLURM, rocket_launch: r, _fw_timeout: soon}', /_fw_timeout: a number of seconds/],
    [
      '{_fw_q_type: SLURM, rocket_launch: r, _fw_template_file: /none}',
      /_fw_template_file: .*cannot be read/,
    ],
    ['{_fw_name: PBSAdapter (NEWT), _fw_q_type: PBS, rocket_launch: r}', /_fw_name: "PBSAdapter \(NEWT\)"/],
    [
      '{_fw_q_type: PBS, rocket_launch: r, _q_commands_override: {submit: x}}',
      /submit is neither submit_cmd/,
    ],
  ])('are told with the key: %s', (yaml, message) => {
    expect(() => adapter(yaml)).toThrow(message);
  });

  it('are told with what was meant, where a key is not known', () => {
    const { warnings } = adapter('{_fw_q_type: SLURM, rocket_launch: r, walltme: "1:00", colour: red}');
    expect(warnings).toEqual([
      'my_qadapter.yaml, walltme: this key is not known (was walltime meant?)',
      'my_qadapter.yaml, colour: this key is not known (it stands for nothing in the script)',
    ]);
  });
});

describe('_queueadapter of a Firework', () => {
  const file = adapter('{_fw_q_type: SLURM, rocket_launch: rlaunch singleshot, nodes: 1, queue: debug}');

  it('counts before the file, and may change anything', () => {
    const own = withSettings(
      file,
      settings('{nodes: 4, job_name: big, rocket_launch: other singleshot}'),
      source,
    );
    const text = jobScript(own, { directory: '/d', jobName: 'name of the Firework', options: ' --fw_id 7' });
    expect(text).toContain('#SBATCH --nodes=4\n');
    expect(text).toContain('--partition=debug\n#SBATCH --job-name=big\n');
    expect(text).toContain('cd /d\nother singleshot --fw_id 7\n');
  });

  it('takes a value away with null', () => {
    const own = withSettings(file, settings('{queue: null}'), source);
    expect(jobScript(own, { directory: '/d', jobName: 'fw', options: '' })).not.toContain('partition');
  });
});
