import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { emptyAction } from '@skyrocket/model/action';
import { actionFromDocument, actionToDocument } from '@skyrocket/model/action-document';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { startTrial, type Trial, userMap } from './task-trial.ts';

/** Each is run by Skyrocket and by FireWorks, and both must leave the same files and ask for the same. */
interface Case {
  task: string;
  parameters: object;
  spec?: object;
  files?: Record<string, string>;
}

const data = (value: unknown) => ({ source: { type: 'data', value } });

const cases: Case[] = [
  {
    task: 'ScriptTask',
    parameters: { script: 'echo a; echo b >&2', store_stdout: true, store_stderr: true },
  },
  { task: 'ScriptTask', parameters: { script: ['echo a > f', 'echo b >> f'] } },
  { task: 'ScriptTask', parameters: { script: 'exit 3' } },
  { task: 'ScriptTask', parameters: { script: ['exit 3', 'touch never'], defuse_bad_rc: true } },
  { task: 'ScriptTask', parameters: { script: 'kill -9 $$', fizzle_bad_rc: false } },
  { task: 'ScriptTask', parameters: { script: 'echo x', stdout_file: 'out' }, files: { out: 'before\n' } },
  {
    task: 'ScriptTask',
    parameters: { script: 'cat', stdin_file: 'in', store_stdout: 1 },
    files: { in: 'text' },
  },
  {
    task: 'ScriptTask',
    parameters: { use_global_spec: true, script: 'touch own' },
    spec: { script: 'touch global' },
  },
  { task: 'FileWriteTask', parameters: { files_to_write: [{ filename: 'a', contents: 'ä\n' }] } },
  {
    task: 'FileWriteTask',
    parameters: { dest: 'd', files_to_write: [{ filename: 'a', contents: '' }] },
    files: { 'd/b': '1' },
  },
  { task: 'FileDeleteTask', parameters: { files_to_delete: ['a', 'x'] }, files: { a: '', b: '' } },
  { task: 'FileDeleteTask', parameters: { files_to_delete: ['d'] }, files: { 'd/b': '1' } },
  { task: 'FileDeleteTask', parameters: { files_to_delete: ['x'], ignore_errors: false } },
  ...['move', 'mv', 'copy', 'cp', 'copy2', 'copyfile'].flatMap((mode): Case[] => [
    {
      task: 'FileTransferTask',
      parameters: { mode, dest: '.', files: [{ src: 'a', dest: 'b' }] },
      files: { a: '1' },
    },
    {
      task: 'FileTransferTask',
      parameters: { mode, dest: 'd', files: ['a'] },
      files: { a: '1', 'd/b': '2' },
    },
    {
      task: 'FileTransferTask',
      parameters: { mode, dest: 'd', files: ['a'] },
      files: { a: '1', 'd/a': '2' },
    },
    { task: 'FileTransferTask', parameters: { mode, dest: 'd', files: ['a'] }, files: { a: '1' } },
    { task: 'FileTransferTask', parameters: { mode, dest: 'd/x/y', files: ['a'] }, files: { a: '1' } },
    {
      task: 'FileTransferTask',
      parameters: { mode, dest: 'd', files: ['a'] },
      files: { 'a/b': '1', 'd/b': '2' },
    },
    { task: 'FileTransferTask', parameters: { mode, dest: 'a', files: ['a'] }, files: { a: '1' } },
  ]),
  {
    task: 'FileTransferTask',
    parameters: { mode: 'copytree', dest: '.', files: [{ src: 'a', dest: 'x/y' }] },
    files: { 'a/b': '1', 'a/c/d': '2' },
  },
  {
    task: 'FileTransferTask',
    parameters: { mode: 'copytree', dest: 'd', files: ['a'] },
    files: { 'a/b': '1', 'd/c': '2' },
  },
  {
    task: 'FileTransferTask',
    parameters: { mode: 'copy', dest: 'd', files: ['x', 'a'], ignore_errors: true },
    files: { a: '1', 'd/b': '2' },
  },
  { task: 'CompressDirTask', parameters: {}, files: { a: '1', 'd/b': '2', 'd/c.gz': '3' } },
  { task: 'CompressDirTask', parameters: { dest: 'd', compression: 'bz2' }, files: { a: '1', 'd/b': '2' } },
  { task: 'CompressDirTask', parameters: { compression: 'zip' }, files: { a: '1' } },
  { task: 'DecompressDirTask', parameters: { ignore_errors: true }, files: { b: '1' } },
  ...['tar', 'gztar', 'bztar'].map((format) => ({
    task: 'ArchiveDirTask',
    parameters: { base_name: 'packed', format },
    files: { a: '1', 'd/b': '2' },
  })),
  {
    task: 'TemplateWriterTask',
    parameters: { template_dir: '.', template_file: 't', output_file: 'o', context: { x: 1.5, l: [1, '<'] } },
    files: { t: '{% for i in l %}{{ i }}{{ x }}\n{% endfor %}\n' },
  },
  {
    task: 'TemplateWriterTask',
    parameters: { template_dir: '.', template_file: 't', output_file: 'o', context: {} },
  },
  {
    task: 'CommandLineTask',
    parameters: {
      command_spec: {
        command: ['printf', '%s|'],
        a: { ...data('x'), binding: { prefix: '-a', separator: '=' } },
        b: { source: 'key' },
        list: 'list',
        out: { target: { type: 'data' } },
      },
      inputs: ['a', 'b', 'list'],
      outputs: ['out'],
    },
    spec: { key: { type: 'data', value: 1.0 }, list: [{ type: 'path', value: 'p' }, data(2)] },
  },
  {
    task: 'CommandLineTask',
    parameters: {
      command_spec: {
        command: ['cat'],
        in: { source: { type: 'path', value: 'in' }, target: { type: 'stdin' } },
        out: { source: { type: 'stdout' }, target: { type: 'path', value: 'out' } },
      },
      inputs: ['in'],
      outputs: ['out'],
      chunk_number: 0,
    },
    files: { in: 'text', out: 'something longer' },
  },
  { task: 'CommandLineTask', parameters: { command_spec: { command: ['false'] } } },
  {
    task: 'ForeachTask',
    parameters: {
      task: { _fw_name: 'CommandLineTask', command_spec: {}, inputs: ['l'] },
      split: 'l',
      'number of chunks': 2,
    },
    spec: { l: [1, 2, 3], other: { x: 1 }, _tasks: [], _priority: 3 },
  },
  {
    task: 'JoinDictTask',
    parameters: { inputs: ['a', 'b'], output: 'o', rename: { a: 'c' } },
    spec: { a: 1, b: [2] },
  },
  { task: 'JoinDictTask', parameters: { inputs: ['a'], output: 'o' }, spec: { a: 1, o: { x: 0 } } },
  { task: 'JoinDictTask', parameters: { inputs: ['x'], output: 'o' } },
  { task: 'JoinListTask', parameters: { inputs: ['a', 'b'], output: 'o' }, spec: { a: 1, b: [2], o: [0] } },
  {
    task: 'ImportDataTask',
    parameters: { filename: 'd.json', mapstring: 'a/b' },
    spec: { a: { b: { x: 1 }, c: 2 } },
    files: { 'd.json': '{"y": 1.0}' },
  },
  {
    task: 'ImportDataTask',
    parameters: { filename: 'd.yaml', mapstring: 'n' },
    files: { 'd.yaml': '[no, 0o17, 1.0]' },
  },
  { task: 'ImportDataTask', parameters: { filename: 'd.json', mapstring: 'a/b' }, files: { 'd.json': '{}' } },
];

/** Runs each case with FireWorks, and describes the files that both have left. */
const program = `
import bz2, gzip, json, os, sys, tarfile, tempfile, zipfile

from fireworks.utilities.fw_serializers import load_object

def contents(path):
    if path.endswith((".tar", ".tar.gz", ".tar.bz2")):
        with tarfile.open(path) as archive:
            return sorted(os.path.normpath(name) for name in archive.getnames() if name != ".")
    if path.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            return sorted(os.path.normpath(name) for name in archive.namelist())
    for suffix, program in ((".gz", gzip), (".bz2", bz2)):
        if path.endswith(suffix):
            try:
                with program.open(path) as file:
                    return file.read().decode()
            except OSError:
                pass
    with open(path) as file:
        return file.read()

def picture(directory):
    found = {}
    for parent, directories, files in os.walk(directory):
        for name in files:
            path = os.path.join(parent, name)
            mode = oct(os.stat(path).st_mode & 0o777) if not name.endswith((".gz", ".bz2")) else None
            found[os.path.relpath(path, directory)] = [contents(path), mode]
    return found

def run(case):
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        for name, text in case.get("files", {}).items():
            os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
            with open(name, "w") as file:
                file.write(text)
        try:
            task = load_object({"_fw_name": case["task"], **case["parameters"]})
            action = task.run_task(case.get("spec", {}))
            outcome = action.to_dict() if action else None
        except Exception:
            outcome = "failed"
        os.chdir("/")
        return {"outcome": outcome, "files": picture(directory), "ours": picture(case["directory"])}

answers = os.dup(1)
os.dup2(2, 1)
cases = json.load(sys.stdin)
with os.fdopen(answers, "w") as file:
    json.dump([run(case) for case in cases], file)
`;

interface Compared {
  theirs: { outcome: UserValue; files: UserValue };
  ours: { outcome: UserValue; files: UserValue };
}

const trials: Trial[] = [];
let compared: Compared[] = [];

beforeAll(async () => {
  const script = new URL('../../../../scripts/python-env', import.meta.url).pathname;
  const python = join(execFileSync(script, ['fireworks'], { encoding: 'utf8' }).trim(), 'bin/python');
  const outcomes: UserValue[] = [];
  const told: UserValue[] = [];
  for (const one of cases) {
    const trial = await startTrial({ python });
    trials.push(trial);
    for (const [name, text] of Object.entries(one.files ?? {})) await trial.write(name, text);
    outcomes.push(await outcomeOf(trial, one));
    told.push(userMap(one).set('directory', trial.launchDir));
  }
  const options = { input: stringifyJson(told), encoding: 'utf8', maxBuffer: 1e9, stdio: 'pipe' } as const;
  const answers = parseJson(execFileSync(python, ['-c', program], options));
  compared = (Array.isArray(answers) ? answers : []).filter(isUserMap).map((answer, i) => ({
    theirs: { outcome: theirOutcome(answer.get('outcome') ?? null), files: answer.get('files') ?? null },
    ours: { outcome: outcomes[i] ?? null, files: answer.get('ours') ?? null },
  }));
}, 600_000);

afterAll(async () => {
  for (const trial of trials) await trial.end();
});

async function outcomeOf(trial: Trial, { task, parameters, spec }: Case): Promise<UserValue> {
  try {
    const action = await trial.run(task, parameters, spec);
    return action && comparable({ ...emptyAction(), ...action });
  } catch {
    return 'failed';
  }
}

function theirOutcome(outcome: UserValue): UserValue {
  return isUserMap(outcome) ? comparable(actionFromDocument(outcome)) : outcome;
}

/** Without ids and times, which no two runs share. */
function comparable(action: ReturnType<typeof actionFromDocument>): UserMap | null {
  const fireworks = action.detours.flatMap((detour) => detour.fireworks);
  const detours = fireworks.map(
    ({ name, spec }): UserMap =>
      new Map<string, UserValue>([
        ['name', name],
        ['spec', spec],
      ]),
  );
  const document = actionToDocument({ ...action, detours: [] }).set('detours', detours);
  const nothing = actionToDocument(emptyAction());
  return stringifyJson(document) === stringifyJson(nothing) ? null : document;
}

describe('what FireWorks does with the same task', () => {
  it.each(
    cases.map((one, i) => [JSON.stringify({ ...one, files: Object.keys(one.files ?? {}) }), i] as const),
  )('%s', (_, i) => {
    expect(compared[i]?.ours).toEqual(compared[i]?.theirs);
    expect(compared[i]).toBeDefined();
  });
});
