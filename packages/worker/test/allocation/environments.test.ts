import { describe, expect, it } from '@jest/globals';
import { readNumberList } from '../../src/allocation/allocation.ts';
import { gridEngineLeft, lsfLeft, pbsLeft, questionOf } from '../../src/allocation/end-time.ts';
import { allocationOf } from '../../src/allocation/environments.ts';
import { readHostList } from '../../src/allocation/host-list.ts';

const here = { host: 'n1', cores: 64, affinity: [0, 1, 2, 3] };

describe('a job of Slurm', () => {
  // As `env` printed it in a job of Slurm 22.05: sbatch -N2 -c4 --mem=2000 --gres=gpu:1.
  const environment = {
    CUDA_VISIBLE_DEVICES: '0',
    SLURM_CPUS_ON_NODE: '4',
    SLURM_JOB_CPUS_PER_NODE: '4(x2)',
    SLURM_JOB_ID: '1',
    SLURM_JOB_NODELIST: 'n[1-2]',
    SLURM_MEM_PER_NODE: '2000',
  };

  it('has the cores, memory and GPUs of this node, and knows its nodes', () => {
    expect(allocationOf(environment, here)).toEqual({
      system: 'slurm',
      jobId: '1',
      restarts: 0,
      nodes: ['n1', 'n2'],
      totalCores: 8,
      cores: 4,
      coreIds: [0, 1, 2, 3],
      memory: 2000,
      gpus: ['0'],
      endsAt: null,
    });
  });

  it('pins nothing where it is not confined to its own cores', () => {
    expect(allocationOf(environment, { ...here, affinity: [0, 1] }).coreIds).toBeNull();
    expect(allocationOf(environment, { ...here, affinity: null }).coreIds).toBeNull();
  });

  it('may have memory by the core, and the end of its time in its environment', () => {
    const { SLURM_MEM_PER_NODE: _, ...other } = environment;
    const later = { ...other, SLURM_MEM_PER_CPU: '512', SLURM_JOB_END_TIME: '1893456000' };
    expect(allocationOf(later, here)).toMatchObject({ memory: 2048, endsAt: 1_893_456_000 });
  });

  it('asks squeue for the time that is left', () => {
    const { read, command } = questionOf({ system: 'slurm', jobId: '7' }) ?? { read: () => 0, command: [] };
    expect(command).toEqual(['squeue', '-h', '-j', '7', '-o', '%L']);
    expect(['5:00\n', '0:09', '1-00:00:00', 'UNLIMITED\n', 'INVALID', ''].map(read)).toEqual([
      300,
      9,
      86_400,
      null,
      null,
      null,
    ]);
  });
});

describe('a job of another batch system', () => {
  it('of Grid Engine has its slots, and the cores that it is bound to', () => {
    const environment = { SGE_ROOT: '/sge', JOB_ID: '12', NSLOTS: '2', SGE_BINDING: '4 5' };
    expect(allocationOf(environment, here)).toMatchObject({
      system: 'gridengine',
      jobId: '12',
      cores: 2,
      coreIds: [4, 5],
    });
  });

  it('of PBS has the processors of a node', () => {
    expect(allocationOf({ PBS_JOBID: '3.srv', PBS_NUM_PPN: '4' }, here)).toMatchObject({
      system: 'pbs',
      cores: 4,
      coreIds: [0, 1, 2, 3],
    });
  });

  it('of LSF has those of its first host', () => {
    const environment = { LSB_JOBID: '9', LSB_MCPU_HOSTS: 'hostA 2 hostB 4' };
    expect(allocationOf(environment, here)).toMatchObject({ nodes: ['hostA', 'hostB'], cores: 2 });
  });
});

describe('no job', () => {
  it('has the cores that this process may use', () => {
    expect(allocationOf({}, here)).toMatchObject({
      system: null,
      cores: 4,
      coreIds: [0, 1, 2, 3],
      nodes: [],
    });
    expect(allocationOf({ JOB_ID: '4' }, { ...here, affinity: null })).toMatchObject({
      cores: 64,
      coreIds: null,
    });
  });
});

/* Made after the manuals: qstat -xml -r -j of Grid Engine 8.1; qstat -f of OpenPBS and of Torque; bjobs -o of LSF 10. */
describe('the time that is left', () => {
  it('is the hard limit less what has gone by, in Grid Engine', () => {
    const limit = '<CE_name>h_rt</CE_name><CE_valtype>3</CE_valtype><CE_stringval>3600</CE_stringval>';
    const xml = `<JAT_start_time>1000000</JAT_start_time><qstat_l_requests>${limit}</qstat_l_requests>`;
    expect(gridEngineLeft(xml, 1_000_600)).toBe(3000);
    expect(gridEngineLeft('<JAT_start_time>1000000</JAT_start_time>', 1_000_600)).toBeNull();
  });

  it('is the limit less what was used, in PBS', () => {
    const text = '    Resource_List.walltime = 01:00:00\n    resources_used.walltime = 00:10:00\n';
    expect(pbsLeft(text)).toBe(3000);
    expect(pbsLeft(`${text}    Walltime.Remaining = 2990\n`)).toBe(2990);
    expect(pbsLeft('')).toBeNull();
  });

  it('is told as hours and minutes by LSF', () => {
    expect(['0:59 L', '10:00 E', '-'].map(lsfLeft)).toEqual([3540, 36_000, null]);
  });
});

describe('short forms', () => {
  it.each([
    ['n1', ['n1']],
    ['n[1-3]', ['n1', 'n2', 'n3']],
    ['n[08-10,12],login', ['n08', 'n09', 'n10', 'n12', 'login']],
    ['r[1-2]n[1-2]', ['r1n1', 'r1n2', 'r2n1', 'r2n2']],
    ['', []],
  ])('of hosts: %s', (text, hosts) => {
    expect(readHostList(text)).toEqual(hosts);
  });

  it.each([
    ['0-3,8', [0, 1, 2, 3, 8]],
    ['5', [5]],
    ['3-1', null],
    ['a', null],
  ])('of cores: %s', (text, cores) => {
    expect(readNumberList(text)).toEqual(cores);
  });
});
