import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newSite, type Site, withoutMoments } from '../site.ts';

const firework = (name: string) =>
  `name: ${name}\nspec:\n  _tasks:\n  - {_fw_name: ScriptTask, script: echo ${name}}\n`;

const chain = (name: string, ids: [number, number] = [1, 2]) => `name: ${name}
metadata: {}
fws:
- {fw_id: ${ids[0]}, name: first, spec: {_tasks: [{_fw_name: ScriptTask, script: echo 1}]}}
- {fw_id: ${ids[1]}, name: second, spec: {_tasks: [{_fw_name: ScriptTask, script: echo 2}]}}
links: {${ids[0]}: [${ids[1]}]}
`;

async function count(site: Site): Promise<number> {
  return Number((await site.lpad('get_fws', '-d', 'count')).stdout);
}

describe('lpad add', () => {
  it('prints the id map on standard output, and says it in the log in the words of FireWorks', async () => {
    const site = newSite();
    site.write('wf.yaml', chain('demo', [-2, -1]));
    const { code, stdout, stderr } = await site.lpad('add', 'wf.yaml');
    expect([code, stdout]).toEqual([0, '{\n    "-2": 1,\n    "-1": 2\n}\n']);
    expect(withoutMoments(stderr)).toBe('<moment> INFO Added a workflow. id_map: {-2: 1, -1: 2}\n');
  });

  it('takes several files, YAML and JSON', async () => {
    const site = newSite();
    site.write('a.yml', firework('a'));
    site.write('b.json', '{"spec": {"_tasks": {"_fw_name": "ScriptTask", "script": "true"}}, "fw_id": 7}');
    const { stdout } = await site.lpad('-o', 'yaml', 'add', 'a.yml', 'b.json');
    expect(stdout).toBe("- '-1': 1\n- '7': 2\n");
  });

  it('takes the workflow files of directories with -d, and tells what it passes over', async () => {
    const site = newSite();
    for (const name of ['b', 'a']) site.write(`flows/${name}.yaml`, firework(name));
    site.write('flows/README', 'not a workflow');
    site.write('flows/old.json/c.yaml', firework('c'));
    const { code, stderr } = await site.lpad('add', '-d', 'flows');
    expect(code).toBe(0);
    expect(stderr).toContain(
      'WARNING flows/README is passed over: it is no file that ends in .json, .yaml or .yml',
    );
    expect(stderr).toContain('WARNING flows/old.json is passed over: it is no file, nor a link to one');
    const names = JSON.parse((await site.lpad('get_fws')).stdout).map((fw: { name: string }) => fw.name);
    expect(names).toEqual(['a', 'b']);
  });

  it('takes standard input for -, in both formats', async () => {
    const site = newSite();
    expect((await site.start({ input: firework('a') }, 'add', '-')).stdout).toBe('{\n    "-1": 1\n}\n');
    const json = '{"spec": {"_tasks": [{"_fw_name": "ScriptTask", "script": "true"}]}}';
    expect((await site.start({ input: json }, 'add', '-')).stdout).toBe('{\n    "-1": 2\n}\n');
  });

  it('shows people which ids they got', async () => {
    const site = newSite();
    site.write('wf.yaml', chain('demo'));
    expect((await site.onTerminal({ columns: 80 }, '-s', 'add', 'wf.yaml')).stdout).toBe(
      'WORKFLOW  FIREWORKS  FW_IDS\ndemo      2          1, 2\n',
    );
  });

  it('warns of a task name that nearly is a built-in one', async () => {
    const site = newSite();
    site.write('wf.yaml', firework('a').replace('ScriptTask', 'ScritpTask'));
    const { code, stderr } = await site.lpad('add', 'wf.yaml');
    expect(code).toBe(0);
    expect(stderr).toContain(
      'wf.yaml, line 4, spec._tasks[0]._fw_name: "ScritpTask" is no built-in Firetask',
    );
    expect(stderr).toContain('was "ScriptTask" meant?');
  });
});

describe('bad workflow files are told in one sentence, and nothing is stored', () => {
  it.each([
    ['that is not YAML', 'a: [', 'line 1: not YAML: '],
    [
      'with a key twice',
      'spec: {_tasks: []}\nspec: {}\n',
      'line 2: the key "spec" stands twice in one mapping',
    ],
    ['without _tasks', 'spec: {}\n', 'line 1, spec: a spec needs the key "_tasks"'],
    [
      'with a misspelt key',
      'spce: {_tasks: []}\n',
      'line 1, spce: this key is not known and "spec" is missing',
    ],
    [
      'with a cycle',
      chain('c').replace('{1: [2]}', '{1: [2], 2: [1]}'),
      'line 6, links.1[0]: the links form a cycle: 1 -> 2 -> 1',
    ],
    [
      'with links to nowhere',
      chain('c').replace('{1: [2]}', '{1: [3]}'),
      'line 6, links.1[0]: the links name 3, but no Firework has that',
    ],
    ['with an id twice', chain('c', [1, 1]), 'line 5, fws[1].fw_id: several Fireworks have the fw_id 1'],
    [
      'with a reserved key of a bad type',
      'spec: {_tasks: [], _launch_dir: 5}\n',
      '_launch_dir: a text is expected',
    ],
  ])('a file %s', async (_kind, text, message) => {
    const site = newSite();
    site.write('good.yaml', firework('good'));
    site.write('bad.yaml', text);
    const { code, stdout, stderr } = await site.lpad('add', 'good.yaml', 'bad.yaml');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^lpad: bad\.yaml[^\n]*\n$/);
    expect(await count(site)).toBe(0);
  });

  it('a file that is missing, a directory, of an unknown ending, or not text', async () => {
    const site = newSite();
    site.write('wf.txt', firework('a'));
    site.write('dir/empty/x', '');
    const refusal = async (...words: string[]) => {
      const { code, stderr } = await site.lpad('add', ...words);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refusal('no.yaml')).toBe('lpad: no.yaml does not exist\n');
    expect(await refusal('dir')).toBe('lpad: dir is a directory (lpad add -d adds the files in it)\n');
    expect(await refusal('wf.txt')).toBe(
      'lpad: wf.txt: a workflow file is told by its ending; name it .json, .yaml or .yml\n',
    );
    expect(await refusal('-d', 'wf.txt')).toBe('lpad: wf.txt is no directory\n');
    expect(await refusal('-d', 'dir/empty')).toContain(
      'lpad: dir/empty holds no workflow file (.json, .yaml, .yml)\n',
    );
    expect(await refusal()).toBe('lpad add: FILE is missing (see lpad add -h)\n');
  });

  it('a file or an input over the limit, before all of it is read', async () => {
    const site = newSite();
    const environment = { SKYROCKET_MAX_FILE_MIB: '1' };
    site.write('big.yaml', `${firework('a')}# ${'x'.repeat(1024 * 1024)}\n`);
    const message = 'has more than 1 MiB: split it, or raise MAX_FILE_MIB in FW_config.yaml\n';
    expect(await site.start({ environment }, 'add', 'big.yaml')).toEqual({
      code: 2,
      stdout: '',
      stderr: `lpad: big.yaml ${message}`,
    });
    const input = 'x'.repeat(3 * 1024 * 1024);
    expect((await site.start({ environment, input }, 'add', '-')).stderr).toBe(
      `lpad: standard input ${message}`,
    );
  });
});

describe('lpad add_scripts', () => {
  it('makes a Workflow of scripts, one after another', async () => {
    const site = newSite();
    const { stdout } = await site.lpad('add_scripts', 'echo 1', 'echo 2', '-n', 'one', 'two');
    expect(stdout).toBe('{\n    "0": 1,\n    "1": 2\n}\n');
    expect(JSON.parse((await site.lpad('get_wflows', '-d', 'all')).stdout)).toMatchObject({
      name: 'one--1',
      links: { 'one--1': ['two--2'], 'two--2': [] },
    });
    expect(JSON.parse((await site.lpad('get_fws', '-i', '2', '-d', 'all')).stdout).spec).toEqual({
      _tasks: [{ _fw_name: 'ScriptTask', script: 'echo 2', use_shell: true }],
    });
  });

  it('wants a name for each script, or none', async () => {
    const { code, stderr } = await newSite().lpad('add_scripts', 'echo 1', 'echo 2', '-n', 'one');
    expect(code).toBe(2);
    expect(stderr).toBe('lpad: -n/--names: 2 scripts need 2 names or none, not 1\n');
  });
});

describe('lpad append_wflow', () => {
  it('adds Fireworks below stored ones', async () => {
    const site = newSite();
    await site.lpad('add_scripts', 'true', '-n', 'root');
    site.write('more.yaml', chain('more', [-2, -1]));
    const { code, stdout } = await site.lpad('append_wflow', '-i', '1', '-f', 'more.yaml');
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(stdout))).toEqual(['-2', '-1']);
    expect(JSON.parse((await site.lpad('get_wflows')).stdout).states_list).toBe('REA-W-W');
  });

  it('says what is missing, and which parent does not exist', async () => {
    const site = newSite();
    site.write('more.yaml', chain('more', [-2, -1]));
    expect((await site.lpad('append_wflow', '-f', 'more.yaml')).stderr).toBe(
      'lpad: below which Fireworks? name the parents with -i\n',
    );
    expect((await site.lpad('append_wflow', '-i', '1')).stderr).toBe(
      'lpad: which Workflow? name its file with -f\n',
    );
    const { code, stderr } = await site.lpad('append_wflow', '-i', '5', '-f', 'more.yaml');
    expect([code, stderr]).toEqual([
      2,
      `lpad: there is no Firework with the fw_id 5 in the launchpad ${site.database}\n`,
    ]);
  });
});

describe('lpad dump_wflow', () => {
  it.each(['dump.json', 'dump.yaml'])('writes %s, which can be added again', async (name) => {
    const site = newSite();
    site.write(
      'wf.yaml',
      chain('demo').replace('spec: {', "spec: {n: 1.0, '5': five, big: 98765432109876543210, "),
    );
    await site.lpad('add', 'wf.yaml');
    expect((await site.lpad('dump_wflow', '-i', '2', '-f', name)).code).toBe(0);
    expect((await site.lpad('add', name)).stdout).toBe('{\n    "1": 3,\n    "2": 4\n}\n');
    const spec = async (id: string) =>
      (await site.lpad('get_fws', '-i', id, '-d', 'all')).stdout.split('"fw_id"')[0];
    expect(await spec('3')).toBe(await spec('1'));
    expect(await spec('3')).toContain('"n": 1.0,\n        "5": "five",\n        "big": 98765432109876543210');
  });

  it('prints it without -f', async () => {
    const site = newSite();
    await site.lpad('add_scripts', 'true');
    expect(JSON.parse((await site.lpad('dump_wflow', '-i', '1')).stdout)).toMatchObject({
      fws: [{ fw_id: 1, state: 'READY', name: 'Unnamed FW' }],
      links: { 1: [] },
      name: 'unnamed WF',
      metadata: {},
    });
  });

  it('tells when the Workflow or the place of the file does not exist', async () => {
    const site = newSite();
    await site.lpad('add_scripts', 'true');
    expect((await site.lpad('dump_wflow', '-i', '3')).stderr).toBe(
      `lpad: there is no Firework 3 in the launchpad ${site.database}\n`,
    );
    const { code, stderr } = await site.lpad('dump_wflow', '-i', '1', '-f', 'no/where.json');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^lpad: no\/where\.json cannot be written \(ENOENT.*\); name another file with -f\n$/,
    );
  });

  it('leaves a file that it does not understand alone', async () => {
    const site = newSite();
    const path = site.write('notes.txt', 'precious');
    expect((await site.lpad('dump_wflow', '-i', '1', '-f', 'notes.txt')).code).toBe(2);
    expect(readFileSync(join(site.directory, 'notes.txt'), 'utf8')).toBe('precious');
    expect(path).toBe(join(site.directory, 'notes.txt'));
  });
});
