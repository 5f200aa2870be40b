import { describe, expect, it } from '@jest/globals';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import type { NewFirework } from '@skyrocket/model/records';
import { toPlain } from '@skyrocket/model/user-data';
import { fileFormat, readWorkflowFile, writeWorkflowFile } from '@skyrocket/model/workflow-file';

function read(text: string, source = 'flow.yaml') {
  return readWorkflowFile({ text, format: fileFormat(source) ?? 'yaml', source });
}

const task = '{_fw_name: ScriptTask, script: echo hi}';
const spec = (more = '') => `{${more}_tasks: [${task}]}`;

/** What counts of a Firework. */
const sketch = ({ fwId, name, state, spec: { size } }: NewFirework) => ({ fwId, name, state, keys: size });
const links = (workflow: { links: Map<number, number[]> }) => Object.fromEntries(workflow.links);

describe('The format of a file', () => {
  it('is told by the end of its name; .yml is taken too', () => {
    expect(fileFormat('a.json')).toBe('json');
    expect(fileFormat('a.b.yaml')).toBe('yaml');
    expect(fileFormat('a.yml')).toBe('yaml');
    expect(fileFormat('A.YAML')).toBe('yaml');
    expect(fileFormat('yaml')).toBeNull();
    expect(fileFormat('a.txt')).toBeNull();
  });
});

describe('A file with one Firework', () => {
  it('becomes a Workflow of one that has its name', () => {
    const { workflow, warnings } = read(`
name: single
created_on: 2026-01-02T03:04:05Z
spec:
  _tasks:
  - {_fw_name: ScriptTask, script: echo hi}
`);
    expect(warnings).toEqual([]);
    expect(workflow).toMatchObject({
      name: 'single',
      metadata: new Map(),
      createdOn: '2026-01-02T03:04:05.000000+00:00',
    });
    expect(workflow.fireworks.map(sketch)).toEqual([{ fwId: -1, name: 'single', state: 'READY', keys: 1 }]);
    expect(links(workflow)).toEqual({ '-1': [] });
  });

  it('needs only a spec with _tasks; one task may stand for a list of one', () => {
    const { workflow } = read(`spec: {_tasks: ${task}}`);
    expect(workflow.name).toBe('Unnamed FW');
    expect(toPlain(workflow.fireworks[0]?.spec ?? null)).toEqual({
      _tasks: [{ _fw_name: 'ScriptTask', script: 'echo hi' }],
    });
  });

  it('may hold no task at all', () => {
    expect(read('spec: {_tasks: []}').workflow.fireworks).toHaveLength(1);
  });

  it('may be JSON', () => {
    const { workflow } = read(
      '{"spec": {"_tasks": [{"_fw_name": "PyTask", "func": "print"}], "x": 1.0}}',
      'fw.json',
    );
    expect(stringifyJson(workflow.fireworks[0]?.spec ?? null)).toBe(
      '{"_tasks": [{"_fw_name": "PyTask", "func": "print"}], "x": 1.0}',
    );
  });
});

describe('A file with a Workflow', () => {
  const two = `- {fw_id: 1, name: a, spec: ${spec()}}\n- {fw_id: 2, state: PAUSED, spec: ${spec()}}`;

  it('may have ids that are floats without a fraction', () => {
    const firework = (id: string) => `{"fw_id": ${id}, "spec": {"_tasks": []}}`;
    const file = (child: string) =>
      `{"fws": [${firework('1.0')}, ${firework('2.0')}], "links": {"1": [${child}]}, "metadata": {}}`;
    const { workflow } = read(file('2.0'), 'fw.json');
    expect(workflow.fireworks.map(({ fwId }) => fwId)).toEqual([1, 2]);
    expect(links(workflow)).toEqual({ 1: [2], 2: [] });
    expect(() => read(file('2.5'), 'fw.json')).toThrow(/a child is given as its fw_id, an integer/);
  });

  it('has Fireworks, links and metadata; roots become READY, others keep their state', () => {
    const { workflow } = read(`name: demo\nmetadata: {tag: t1}\nfws:\n${two}\nlinks: {1: [2]}\n`);
    expect(workflow).toMatchObject({ name: 'demo', metadata: new Map([['tag', 't1']]) });
    expect(workflow.fireworks.map(sketch)).toEqual([
      { fwId: 1, name: 'a', state: 'READY', keys: 1 },
      { fwId: 2, name: 'Unnamed FW', state: 'PAUSED', keys: 1 },
    ]);
    expect(links(workflow)).toEqual({ 1: [2], 2: [] });
  });

  it('is called "unnamed WF" when it has no name', () => {
    expect(read(`metadata: {}\nfws:\n${two}\nlinks: {}\n`).workflow.name).toBe('unnamed WF');
  });

  it('gives ids in the order of the ids in the file, whatever the order of the Fireworks', () => {
    const fws = [-1, 7, -5].map((id) => `{fw_id: ${id}, spec: ${spec()}}`).join(', ');
    const { workflow } = read(`{metadata: {}, links: {}, fws: [${fws}]}`);
    expect(workflow.fireworks.map(({ fwId }) => fwId)).toEqual([-5, -1, 7]);
  });

  it.each([
    ['ids and texts of ids as keys', '{1: [2], "2": []}', { 1: [2], 2: [] }],
    ['one child without a list', '{1: 2}', { 1: [2], 2: [] }],
    ['an edge twice, which counts once', '{1: [2, 2]}', { 1: [2], 2: [] }],
    ['nothing', '{}', { 1: [], 2: [] }],
  ])('links: %s', (_, written, expected) => {
    expect(links(read(`metadata: {}\nfws:\n${two}\nlinks: ${written}\n`).workflow)).toEqual(expected);
  });

  it('leaves out links whose key is no id, as FireWorks does, and says so', () => {
    const { workflow, warnings } = read(
      `metadata: {}\nfws:\n${two}\nlinks:\n  one: [2]\n  1.5: [2]\n  1: [2]\n`,
    );
    expect(links(workflow)).toEqual({ 1: [2], 2: [] });
    expect(warnings).toEqual([
      'flow.yaml, line 6, links.one: the link is left out, since "one" is not a fw_id',
      'flow.yaml, line 7, links.1.5: the link is left out, since "1.5" is not a fw_id',
    ]);
  });

  it('may come from a dump, with Launches, states and FireWorks own keys, without a warning', () => {
    const dumped = `{spec: ${spec()}, fw_id: 3, state: COMPLETED, created_on: "2026-01-02T03:04:05.678901", launches: [{launch_id: 1}], archived_launches: [], name: a}`;
    const { workflow, warnings } = read(
      `{fws: [${dumped}], links: {"3": []}, name: d, metadata: {}, state: COMPLETED, nodes: [3], fw_states: {"3": COMPLETED}, parent_links: {}}`,
    );
    expect(warnings).toEqual([]);
    expect(workflow.fireworks[0]).toMatchObject({
      launches: [new Map([['launch_id', 1]])],
      archivedLaunches: [],
    });
  });

  it('survives being written and read again, in both formats', () => {
    const { workflow } = read(`name: demo\nmetadata: {tag: yes, n: 1.0}\nfws:\n${two}\nlinks: {1: [2]}\n`);
    for (const format of ['json', 'yaml'] as const) {
      const again = readWorkflowFile({ text: writeWorkflowFile(workflow, format), format, source: 'again' });
      expect(again).toEqual({ workflow, warnings: [] });
    }
  });

  it('takes other keys with a warning each, since users have them', () => {
    const { warnings } = read(`spec: ${spec()}\nauthor: me\nnmae: x\n`);
    expect(warnings).toEqual([
      'flow.yaml, line 2, author: this key is not known and has no effect',
      'flow.yaml, line 3, nmae: this key is not known and has no effect (was "name" meant?)',
    ]);
  });

  it('warns of a task that is nearly a built-in one; other short names are sought when they run', () => {
    const { warnings } = read(
      `spec:\n  _tasks:\n  - _fw_name: ScritpTask\n  - _fw_name: MyOwnTask\n  - _fw_name: "{{my.Task}}"\n`,
    );
    expect(warnings).toEqual([
      'flow.yaml, line 3, spec._tasks[0]._fw_name: "ScritpTask" is no built-in Firetask (was "ScriptTask" meant?); it will be sought as a Python Firetask',
    ]);
  });

  it('tells the first warnings of very many, soon', () => {
    const fws = Array.from({ length: 3000 }, (_, i) => `- {fw_id: ${i}, author: me, spec: ${spec()}}`).join(
      '\n',
    );
    const { warnings } = read(`metadata: {}\nlinks: {}\nfws:\n${fws}\n`);
    expect(warnings).toHaveLength(21);
    expect(warnings[19]).toMatch(/^flow\.yaml, line 23, fws\[19\]\.author: /);
    expect(warnings[20]).toBe('flow.yaml: and 2980 more warnings of this kind');
  });

  it('warns of JSON with tabs too, which are no YAML', () => {
    const { warnings } = read('{\n\t"spec": {"_tasks": []},\n\t"author": 1\n}', 'fw.json');
    expect(warnings).toEqual(['fw.json, line 3, author: this key is not known and has no effect']);
  });

  it('warns of JSON keys that stand twice, of which the last one counts', () => {
    const { workflow, warnings } = read('{"spec": {"x": 1,\n "x": 2, "_tasks": []}}', 'fw.json');
    expect(warnings).toEqual(['fw.json, line 2: the key "x" stands twice; the last one counts']);
    expect(workflow.fireworks[0]?.spec.get('x')).toBe(2);
  });
});

describe('Bad input is one sentence that names the file, the line and the key', () => {
  const fws = (...ids: number[]) => `[${ids.map((id) => `{fw_id: ${id}, spec: ${spec()}}`).join(', ')}]`;

  it.each([
    ['not YAML', 'spec: {a: [1, 2\nb: ]', /^flow\.yaml, line [23]: not YAML: /],
    [
      'a YAML key twice',
      `spec: ${spec()}\nname: a\nname: b\n`,
      /^flow\.yaml, line 3: the key "name" stands twice in one mapping$/,
    ],
    [
      'two documents',
      `spec: ${spec()}\n---\nspec: {}\n`,
      /^flow\.yaml, line 2: a second YAML document begins here/,
    ],
    ['nothing', '', /^flow\.yaml: a mapping is expected here, not null$/],
    ['a list', '- 1\n', /^flow\.yaml: a mapping is expected here, not a list$/],
    [
      'an unknown tag',
      'spec: !!python/tuple [1]\n',
      /^flow\.yaml, line 1: the tag !!python\/tuple is not known to FireWorks$/,
    ],
    [
      'a near miss of spec',
      `name: a\nspce: ${spec()}\n`,
      /^flow\.yaml, line 2, spce: .*"spec" is missing: was "spec" meant\?$/,
    ],
    [
      'a near miss of links',
      `fws: ${fws(1)}\nmetadata: {}\nlink: {}\n`,
      /^flow\.yaml, line 3, link: .*was "links" meant\?$/,
    ],
    [
      'a near miss of metadata',
      `fws: ${fws(1)}\nmetdata: {}\nlinks: {}\n`,
      /^flow\.yaml, line 2, metdata: .*was "metadata" meant\?$/,
    ],
    [
      'a near miss of fws',
      `fsw: ${fws(1)}\nmetadata: {}\nlinks: {}\n`,
      /^flow\.yaml, line 1, fsw: .*was "fws" meant\?$/,
    ],
    [
      'no fws',
      `fireworks: ${fws(1)}\nmetadata: {}\nlinks: {}\n`,
      /^flow\.yaml: a Workflow needs the key "fws", a list of Fireworks$/,
    ],
    [
      'a near miss inside a Firework',
      `fws:\n- {fw_id: 1,\n   spc: {}}\nmetadata: {}\nlinks: {}\n`,
      /^flow\.yaml, line 3, fws\[0\]\.spc: .*was "spec" meant/,
    ],
    ['no spec', 'name: a\n', /^flow\.yaml: a Firework needs the key "spec"$/],
    [
      'no _tasks',
      'name: a\nspec:\n  x: 1\n',
      /^flow\.yaml, line 2, spec: a spec needs the key "_tasks", a list of Firetasks$/,
    ],
    [
      '_tasks that is a text',
      'spec:\n  _tasks: abc\n',
      /^flow\.yaml, line 2, spec\._tasks: a list of Firetasks is expected here, not a text$/,
    ],
    [
      'a task without a name',
      'spec:\n  _tasks:\n  - {script: a}\n',
      /^flow\.yaml, line 3, spec\._tasks\[0\]: a Firetask is a mapping with the key "_fw_name"/,
    ],
    ['no links', `fws: ${fws(1)}\nmetadata: {}\n`, /^flow\.yaml: a Workflow needs the key "links"/],
    ['no metadata', `fws: ${fws(1)}\nlinks: {}\n`, /^flow\.yaml: a Workflow needs the key "metadata"/],
    [
      'no Fireworks',
      'fws: []\nlinks: {}\nmetadata: {}\n',
      /^flow\.yaml, line 1, fws: a list of at least one Firework is expected here, not an empty one$/,
    ],
    [
      'children as texts',
      `fws: ${fws(1, 2)}\nmetadata: {}\nlinks: {1: ["2"]}\n`,
      /^flow\.yaml, line 3, links\.1: a child is given as its fw_id, an integer, not as a text$/,
    ],
    [
      'links to unknown ids',
      `fws: ${fws(1)}\nmetadata: {}\nlinks: {1: [7], 8: []}\n`,
      /^flow\.yaml, line 3, links\.1\[0\]: the links name 7, 8, but no Firework has that fw_id$/,
    ],
    [
      'a cycle',
      `fws: ${fws(1, 2)}\nmetadata: {}\nlinks: {1: [2], 2: [1]}\n`,
      /^flow\.yaml, line 3, links\.1\[0\]: the links form a cycle: 1 -> 2 -> 1$/,
    ],
    [
      'a loop',
      `fws: ${fws(1)}\nmetadata: {}\nlinks: {1: [1]}\n`,
      /^flow\.yaml, line 3, links\.1\[0\]: the links form a cycle: 1 -> 1$/,
    ],
    [
      'the same fw_id twice',
      `fws: ${fws(4, 4)}\nmetadata: {}\nlinks: {}\n`,
      /^flow\.yaml, line 1, fws\[1\]\.fw_id: several Fireworks have the fw_id 4; give each its own$/,
    ],
    [
      'two without fw_id',
      `fws: [{spec: ${spec()}}, {spec: ${spec()}}]\nmetadata: {}\nlinks: {}\n`,
      /^flow\.yaml, line 1, fws\[1\]\.fw_id: several Fireworks have the fw_id -1/,
    ],
    [
      'a fw_id that is a text',
      `fw_id: a\nspec: ${spec()}\n`,
      /^flow\.yaml, line 1, fw_id: an integer is expected here, not a text$/,
    ],
    [
      'a state that does not exist',
      `state: DONE\nspec: ${spec()}\n`,
      /^flow\.yaml, line 1, state: this is none of the nine states$/,
    ],
    [
      'links that are a list',
      `fws: ${fws(1)}\nmetadata: {}\nlinks: [1]\n`,
      /^flow\.yaml, line 3, links: a mapping is expected here, not a list$/,
    ],
  ])('%s', (_, text, sentence) => {
    const error = caught(() => read(text));
    expect(error.message).toMatch(sentence);
    expect(error.message).not.toContain('\n');
    expect(error.exitCode).toBe(2);
  });

  it.each([
    ['_launch_dir: 5', 'a text'],
    ['_queueadapter: [a]', 'a mapping'],
    ['_dupefinder: DupeFinderExact', 'a mapping'],
    ['_files_in: [a]', 'a mapping'],
    ['_files_out: a', 'a mapping'],
    ['_files_prev: 1', 'a mapping'],
    ['_trackers: {filename: a}', 'a list of mappings'],
    ['_background_tasks: [a]', 'a list of mappings'],
    ['_recovery: 1', 'a mapping'],
    ['_job_info: {a: 1}', 'a list'],
    ['_launch_dir: []', 'a text'],
    ['_dupefinder: []', 'a mapping'],
  ])('a reserved key that could never work: %s', (written, expected) => {
    const { message, code } = caught(() => read(`spec:\n  ${written}\n  _tasks: []\n`));
    expect(message).toMatch(
      new RegExp(`^flow\\.yaml, line 2, spec\\.${written.split(':')[0]}: ${expected} is expected here, not `),
    );
    expect(code).toBe('BAD_WORKFLOW');
  });

  it.each([
    '_queueadapter',
    '_files_in',
    '_files_out',
    '_files_prev',
    '_trackers',
    '_background_tasks',
    '_recovery',
  ])('but an empty %s is none, of whatever type, as in FireWorks', (key) => {
    for (const empty of ['[]', '{}', '""']) {
      expect(read(`spec:\n  ${key}: ${empty}\n  _tasks: []\n`).workflow.fireworks).toHaveLength(1);
    }
  });

  describe.each(['yaml', 'json'] as const)(
    'what is wrong with ids is told with the line, in %s',
    (format) => {
      const wf = (links: [string, unknown][], ids: (number | null)[] = [1, 2, 3]) => {
        const fws = ids.map((id) => `{${id === null ? '' : `"fw_id": ${id}, `}"spec": {"_tasks": []}}`);
        const entries = links.map(([key, children]) => `"${key}": ${JSON.stringify(children)}`);
        return `{"fws": [\n${fws.join(',\n')}],\n"metadata": {},\n"links": {\n${entries.join(',\n')}}}`;
      };
      const refusal = (text: string) => caught(() => read(text, `wf.${format}`)).message;

      it('of a child, a parent, and one that stands alone or is written with blanks', () => {
        const unknown = (id: number) => `the links name ${id}, but no Firework has that fw_id`;
        const named = (key: string, children: unknown) =>
          refusal(
            wf([
              ['1', [2]],
              [key, children],
            ]),
          );
        expect(named('2', [3, 9])).toBe(`wf.${format}, line 8, links.2[1]: ${unknown(9)}`);
        expect(named('2', 9)).toBe(`wf.${format}, line 8, links.2[0]: ${unknown(9)}`);
        expect(named('9', [])).toBe(`wf.${format}, line 8, links.9: ${unknown(9)}`);
        expect(named(' 9', [3])).toBe(`wf.${format}, line 6, links.9: ${unknown(9)}`);
      });

      it('of a cycle: where its first link stands', () => {
        const links: [string, unknown][] = [
          ['1', [2]],
          ['2', [1]],
          ['3', []],
        ];
        expect(refusal(wf(links))).toBe(
          `wf.${format}, line 7, links.1[0]: the links form a cycle: 1 -> 2 -> 1`,
        );
        links.splice(0, 2, ['1', [2]], ['2', [3]], ['3', [2]]);
        expect(refusal(wf(links.slice(0, 3)))).toBe(
          `wf.${format}, line 8, links.2[0]: the links form a cycle: 2 -> 3 -> 2`,
        );
      });

      it('of ids that stand twice: where the second stands', () => {
        expect(refusal(wf([], [1, 2, 1, 2, 3]))).toBe(
          `wf.${format}, line 4, fws[2].fw_id: several Fireworks have the fw_id 1, 2; give each its own`,
        );
        expect(refusal(wf([], [1, null, null]))).toBe(
          `wf.${format}, line 4, fws[2].fw_id: several Fireworks have the fw_id -1; give each its own`,
        );
      });
    },
  );

  it('JSON is told with line and column', () => {
    expect(caught(() => read('{"spec": {\n "a": }}', 'fw.json')).message).toBe(
      'fw.json, line 2, column 7: not JSON: a value is expected',
    );
    expect(caught(() => read('{"spec": 5,\n "name": "a"}', 'fw.json')).message).toBe(
      'fw.json, line 1, spec: a mapping is expected here, not an integer',
    );
  });

  it('an alias bomb is refused, and soon', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    const { message, code } = caught(() => read(lines.join('\n')));
    expect(message).toMatch(/^flow\.yaml, line \d+: aliases repeat more than 100000 values$/);
    expect(code).toBe('BAD_FILE');
  });

  it('deep nesting is refused, and does not exhaust the stack', () => {
    const deep = (n: number) => `${'['.repeat(n)}${']'.repeat(n)}`;
    expect(caught(() => read(`spec: ${deep(5000)}`)).code).toBe('BAD_FILE');
    expect(caught(() => read(`{"spec": ${deep(100_000)}}`, 'fw.json')).message).toMatch(
      /^fw\.json, line 1, column \d+: .*nested more than 1000 deep$/,
    );
    expect(read(`spec: {x: ${deep(400)}, _tasks: []}`).workflow.fireworks).toHaveLength(1);
  });

  it('a file over the limit is refused before it is read', () => {
    const file = {
      text: 'x'.repeat(3 << 20),
      format: 'yaml',
      source: 'big.yaml',
      limitBytes: 2 << 20,
    } as const;
    const { message, code, exitCode } = caught(() => readWorkflowFile(file));
    expect(message).toBe('big.yaml has more than 2 MiB: split it, or raise MAX_FILE_MIB in FW_config.yaml');
    expect({ code, exitCode }).toEqual({ code: 'TOO_LARGE', exitCode: 2 });
  });
});

function caught(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (isSkyrocketError(error)) return error;
    throw error;
  }
  throw new Error('this was accepted');
}
