import { describe, expect, it } from '@jest/globals';
import { declaredResources, fitsInto, memoryMiB, type OfferedResources } from '@skyrocket/model/resources';
import { fromPlain, isUserMap, type UserMap } from '@skyrocket/model/user-data';
import { readWalltime } from '@skyrocket/model/walltime';

function spec(members: Record<string, unknown>): UserMap {
  const map = fromPlain(members);
  if (!isUserMap(map)) throw new Error('a mapping is needed');
  return map;
}

const needs = (members: Record<string, unknown>) => declaredResources(spec(members), 'slurm');

describe('what a Firework needs', () => {
  it('is not said where nothing is declared', () => {
    expect(needs({})).toEqual({ cores: null, memory: null, gpus: 0, walltime: null });
  });

  it('is what _resources says', () => {
    const _resources = { cores: 4, memory: '2G', gpus: 1, walltime: '01:30:00' };
    expect(needs({ _resources })).toEqual({ cores: 4, memory: 2048, gpus: 1, walltime: 5400 });
  });

  it.each([
    [{ ntasks: 8 }, { cores: 8 }],
    [{ ntasks: 2, cpus_per_task: 4 }, { cores: 8 }],
    [{ nodes: 2, ntasks_per_node: '4' }, { cores: 8 }],
    [{ nnodes: 1, ppnode: 6 }, { cores: 6 }],
    [{ nodes: 3 }, { cores: 3 }],
    [
      { ntasks: 2, mem_per_cpu: '500M' },
      { cores: 2, memory: 1000 },
    ],
    [{ mem: 4096 }, { memory: 4096 }],
    [{ gres: 'gpu:2' }, { gpus: 2 }],
    [{ gres: 'gpu:a100:4,shard:1', nodes: 2 }, { gpus: 8 }],
    [{ gpus_per_task: 1, ntasks: 3 }, { gpus: 3 }],
    [{ walltime: '1-00:00:00' }, { walltime: 86_400 }],
  ])('is else derived from _queueadapter: %p', (_queueadapter, expected) => {
    expect(needs({ _queueadapter })).toMatchObject(expected);
  });

  it('may be declared in part, and derived where it is not', () => {
    expect(needs({ _resources: { cores: 2 }, _queueadapter: { ntasks: 8, walltime: 30 } })).toEqual({
      cores: 2,
      memory: null,
      gpus: 0,
      walltime: 1800,
    });
  });

  it('is as if not declared where it cannot be read', () => {
    const _resources = { cores: 'many', memory: 'much', gpus: -1, walltime: 'soon' };
    expect(needs({ _resources })).toEqual(needs({}));
  });
});

describe('a walltime', () => {
  it.each([
    ['30', 'slurm', 1800],
    [30, 'slurm', 1800],
    ['30:15', 'slurm', 1815],
    ['2-12', 'slurm', 216_000],
    ['2-12:30', 'slurm', 217_800],
    ['1-00:00:01', 'slurm', 86_401],
    ['30', 'pbs', 30],
    ['1:30', 'pbs', 90],
    ['24:00:00', 'pbs', 86_400],
    ['1:00:00:00', 'pbs', 86_400],
    ['30', 'lsf', 1800],
    ['1:30', 'lsf', 5400],
    ['UNLIMITED', 'slurm', null],
    ['', 'slurm', null],
    [null, 'slurm', null],
  ] as const)('%p in the words of %s is %p seconds', (text, dialect, seconds) => {
    expect(readWalltime(text, dialect)).toBe(seconds);
  });
});

describe('memory', () => {
  it.each([
    [4096, 4096],
    ['4096', 4096],
    ['4G', 4096],
    ['4gb', 4096],
    ['4GiB', 4096],
    ['1.5T', 1_572_864],
    ['512k', 1],
    ['lots', null],
    [0, null],
  ] as const)('%p is %p MiB', (text, mebibytes) => {
    expect(memoryMiB(text)).toBe(mebibytes);
  });
});

describe('what a worker has', () => {
  const offered: OfferedResources = { cores: 2, memory: null, gpus: 0, walltime: null, dialect: 'slurm' };

  it('is enough where nothing is known about it, or about the need', () => {
    const needed = { cores: 2, memory: 1e9, gpus: 0, walltime: 1e9 };
    expect(fitsInto(needed, offered)).toBe(true);
    expect(
      fitsInto({ ...needed, memory: null, walltime: null }, { ...offered, memory: 1, walltime: 1 }),
    ).toBe(true);
  });

  it.each([[{ cores: 3 }], [{ gpus: 1 }], [{ memory: 11 }], [{ walltime: 11 }]])(
    'is not enough for %p',
    (more) => {
      const needed = { cores: 1, memory: null, gpus: 0, walltime: null, ...more };
      expect(fitsInto(needed, { ...offered, memory: 10, walltime: 10 })).toBe(false);
    },
  );
});
