import { beforeAll, describe, expect, it } from '@jest/globals';
import { newSite, withoutMoments } from '../site.ts';

const site = newSite();

const workflow = `
name: silicon
metadata: {tag: t1, kpoints: 4.0}
fws:
- {fw_id: 1, name: relax, spec: {n: 1.0, big: 123456789012345678901, '10': ten, _tasks: [{_fw_name: ScriptTask, script: echo a}]}}
- {fw_id: 2, name: static, spec: {_tasks: [{_fw_name: ScriptTask, script: echo b}]}}
links: {1: [2]}
`;

beforeAll(async () => {
  site.write('silicon.yaml', workflow);
  await site.lpad('add', 'silicon.yaml');
  await site.lpad('add_scripts', 'echo c', '-n', 'single', '-w', 'alone');
});

/** What a command prints when it succeeds and has nothing to complain about. */
async function shown(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await site.lpad(...words);
  expect([code, stderr]).toEqual([0, '']);
  return withoutMoments(stdout);
}

describe('lpad get_fws', () => {
  it('prints one Firework bare, as FireWorks does', async () => {
    expect(await shown('get_fws', '-i', '1')).toBe(`{
    "fw_id": 1,
    "created_on": "<moment+00:00>",
    "updated_on": "<moment+00:00>",
    "state": "READY",
    "name": "relax"
}
`);
  });

  it('prints several as a list, and none as an empty one', async () => {
    expect(JSON.parse(await shown('get_fws', '-i', '1,2'))).toHaveLength(2);
    expect(await shown('get_fws', '-s', 'fizzled')).toBe('[]\n');
  });

  it('shows the spec with -d all; numbers keep their kind and keys their order', async () => {
    expect(await shown('get_fws', '-i', '1', '-d', 'all')).toBe(`{
    "spec": {
        "n": 1.0,
        "big": 123456789012345678901,
        "10": "ten",
        "_tasks": [
            {
                "_fw_name": "ScriptTask",
                "script": "echo a"
            }
        ]
    },
    "fw_id": 1,
    "created_on": "<moment+00:00>",
    "updated_on": "<moment+00:00>",
    "state": "READY",
    "name": "relax"
}
`);
  });

  it('prints YAML in blocks with -o yaml', async () => {
    expect(await shown('-o', 'yaml', 'get_fws', '-n', 'single', '-d', 'all')).toBe(`spec:
  _tasks:
    - _fw_name: ScriptTask
      script: echo c
      use_shell: true
fw_id: 3
created_on: '<moment+00:00>'
updated_on: '<moment+00:00>'
state: READY
name: single
`);
  });

  it('prints bare ids and numbers', async () => {
    expect(await shown('get_fws', '-s', 'READY', '-d', 'ids')).toBe('[\n    1,\n    3\n]\n');
    expect(await shown('get_fws', '-s', 'WAITING', '-d', 'ids')).toBe('2\n');
    expect(await shown('get_fws', '-d', 'count')).toBe('3\n');
    expect(await shown('get_fws', '-d', 'COUNT', '-s', 'paused')).toBe('0\n');
  });

  it('sorts and limits', async () => {
    expect(await shown('get_fws', '-d', 'ids', '--rsort', 'created_on', '-m', '1')).toBe('3\n');
    expect(await shown('get_fws', '-d', 'ids', '--sort', 'created_on', '-m', '2')).toBe(
      '[\n    1,\n    2\n]\n',
    );
  });

  it.each([
    ['JSON', '{"spec.n": {"$gte": 1}, "name": {"$in": ["relax"]}}'],
    ['a Python literal', "{'spec.n': {'$gte': 1}, 'spec.none': None, 'name': {'$in': ('relax',)}}"],
    ['YAML', '{spec.n: {$gte: 1}}'],
  ])('takes a query in %s', async (_kind, query) => {
    expect(await shown('get_fws', '-q', query, '-d', 'ids')).toBe('1\n');
  });

  it('joins what is given by "and"', async () => {
    expect(
      await shown('get_fws', '-i', '1,2', '-s', 'WAITING', '-q', '{"state": "WAITING"}', '-d', 'ids'),
    ).toBe('2\n');
    expect(await shown('get_fws', '-s', 'READY', '-q', '{"state": "WAITING"}', '-d', 'ids')).toBe('[]\n');
  });

  it('prints what there is and then tells which ids do not exist', async () => {
    const { code, stdout, stderr } = await site.lpad('get_fws', '-i', '1,98,99', '-d', 'ids');
    expect([code, stdout]).toEqual([2, '1\n']);
    expect(stderr).toBe(
      `lpad: there is no Firework with the fw_id 98, 99 in the launchpad ${site.database}\n`,
    );
  });
});

describe('lpad get_wflows', () => {
  it('names a Workflow with the id of its first Firework', async () => {
    expect(await shown('get_wflows')).toBe(`[
    {
        "state": "READY",
        "name": "silicon--1",
        "created_on": "<moment>",
        "states_list": "REA-W"
    },
    {
        "state": "READY",
        "name": "alone--3",
        "created_on": "<moment>",
        "states_list": "REA"
    }
]
`);
  });

  it('finds it by any of its Fireworks, and shows links and metadata with -d all', async () => {
    expect(await shown('get_wfs', '-i', '2', '-d', 'all')).toBe(`{
    "links": {
        "relax--1": [
            "static--2"
        ],
        "static--2": []
    },
    "parent_links": {
        "static--2": [
            "relax--1"
        ]
    },
    "metadata": {
        "tag": "t1",
        "kpoints": 4.0
    },
    "state": "READY",
    "name": "silicon--1",
    "created_on": "<moment>",
    "updated_on": "<moment>",
    "states": {
        "relax--1": "READY",
        "static--2": "WAITING"
    },
    "launch_dirs": {
        "relax--1": [],
        "static--2": []
    }
}
`);
  });

  it('shows more, reservations, ids and counts', async () => {
    expect(Object.keys(JSON.parse(await shown('get_wflows', '-n', 'alone', '-d', 'more')))).toEqual([
      'state',
      'name',
      'created_on',
      'updated_on',
      'states',
      'launch_dirs',
    ]);
    expect(JSON.parse(await shown('get_wflows', '-n', 'alone', '-d', 'reservations'))).toMatchObject({
      launches: { 'single--3': [] },
    });
    expect(await shown('get_wflows', '-d', 'ids')).toBe('[\n    1,\n    3\n]\n');
    expect(await shown('get_wflows', '-q', '{"metadata.tag": "t1"}', '-d', 'count')).toBe('1\n');
  });

  it('prints a table with -t', async () => {
    expect(await shown('get_wflows', '-t')).toBe(`FW_ID  STATE  NAME     FIREWORKS           CREATED
    1  READY  silicon  1 WAITING, 1 READY  <moment>
    3  READY  alone    1 READY             <moment>
`);
  });
});

describe('on a terminal', () => {
  it('people get tables', async () => {
    const { code, stdout } = await site.onTerminal(
      { columns: 80, environment: { NO_COLOR: '1' } },
      'get_fws',
    );
    expect(code).toBe(0);
    expect(withoutMoments(stdout)).toBe(`FW_ID  STATE    NAME    UPDATED
    1  READY    relax   <moment>
    2  WAITING  static  <moment>
    3  READY    single  <moment>
`);
  });

  it('states are coloured, unless NO_COLOR is set', async () => {
    const { stdout } = await site.onTerminal({ columns: 80 }, 'get_fws', '-i', '1');
    expect(stdout).toContain('\u001b[33mREADY\u001b[39m');
  });

  it('names are cut where the terminal is narrow, and control characters in them do nothing', async () => {
    const other = newSite();
    await other.lpad('add_scripts', 'true', '-n', `bad\u001b[2Jname ${'x'.repeat(80)}`);
    const { stdout } = await other.onTerminal({ columns: 50, environment: { NO_COLOR: '1' } }, 'get_fws');
    const [, row = ''] = stdout.split('\n');
    expect(row).toMatch(/^ {4}1 {2}READY {2}bad \[2Jname x+… {2}/);
    expect(row.length).toBeLessThanOrEqual(50);
  });

  it('-o given always wins', async () => {
    const { stdout } = await site.onTerminal({ columns: 80 }, '-o', 'json', 'get_fws', '-d', 'count');
    expect(stdout).toBe('3\n');
    expect((await site.onTerminal({ columns: 80 }, '-o', 'json', 'get_fws', '-i', '1')).stdout).toContain(
      '"fw_id": 1,',
    );
  });

  it('says so when nothing matches', async () => {
    expect((await site.onTerminal({ columns: 80 }, 'get_fws', '-s', 'FIZZLED')).stdout).toBe(
      'no Firework matches\n',
    );
    expect((await site.onTerminal({ columns: 80 }, 'get_wflows', '-n', 'x')).stdout).toBe(
      'no Workflow matches\n',
    );
  });
});
