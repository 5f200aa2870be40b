import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FWAction } from '@skyrocket/model/action';
import { SkyrocketError } from '@skyrocket/model/errors';
import { fworkerToDocument } from '@skyrocket/model/launch-document';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { Firetask, FiretaskContext } from './firetask.ts';
import { readReturnedAction } from './returned-action.ts';
import type { CommandEnd } from './run-command.ts';

/**
 * User Firetasks in JavaScript and TypeScript: `js:./tasks.mjs#MyTask`, `js:/abs/tasks.ts#MyTask`, `js:package#MyTask`;
 * without `#…` the default export. A relative path and a package are looked up from the worker's directory. Each runs
 * in a Node process of its own, so that nothing it does (throw, exit, loop, leak, crash) reaches the worker.
 */
const prefix = 'js:';

export function isJsFiretaskName(name: string): boolean {
  return name.startsWith(prefix);
}

export interface JsFiretaskPlace {
  /** `_fw_name` of the task. */
  name: string;
  /** Where relative paths and packages are looked up: the worker's directory, absolute. */
  directory: string;
}

/**
 * The task fails with CANNOT_IMPORT when this worker has no such module or cannot run its language, with BAD_ACTION when
 * what it returned is no FWAction, else with TASK_FAILED.
 */
export function jsFiretask({ name, directory }: JsFiretaskPlace): Firetask {
  return async (parameters, context) => {
    const task = readName(name);
    checkLanguage(task, context);
    const folder = await mkdtemp(join(tmpdir(), 'skyrocket-task-'));
    try {
      const resultFile = join(folder, 'result.json');
      const end = await context.run({
        run: { program: process.execPath, args: nodeArguments() },
        cwd: directory,
        stdin: { text: stringifyJson(callDocument(task, { parameters, context, resultFile })) },
      });
      return readResult(task, context, { end, result: await readResultFile(resultFile) });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

interface JsTaskName {
  full: string;
  module: string;
  exported: string;
}

function readName(full: string): JsTaskName {
  const [module = '', exported = 'default', ...rest] = full.slice(prefix.length).split('#');
  if (module === '' || exported === '' || rest.length > 0)
    throw new SkyrocketError('TASK_FAILED', `"${full}" names no Firetask; write js:./tasks.mjs#MyTask`);
  return { full, module, exported };
}

const stripTypes = '--experimental-strip-types';
/** Later versions of Node run TypeScript without a flag. */
const hasFlag = process.allowedNodeEnvironmentFlags.has(stripTypes);
const runsTypeScript = hasFlag || Boolean(Reflect.get(process.features, 'typescript'));

function checkLanguage(task: JsTaskName, context: FiretaskContext): void {
  if (!/\.[mc]?ts$/.test(task.module) || runsTypeScript) return;
  throw cannotImport(
    task,
    context,
    'it is TypeScript, which Node runs from 22.6 on; compile it to .mjs or update Node',
  );
}

function cannotImport(task: JsTaskName, context: FiretaskContext, reason: string): SkyrocketError {
  return new SkyrocketError(
    'CANNOT_IMPORT',
    `module ${task.module} cannot be imported by Node ${process.version} on ${context.fworker.name}: ${reason}`,
  );
}

/** The module is imported by code that stands in the worker's directory, which is what relative names are relative to. */
function nodeArguments(): string[] {
  const runner = JSON.stringify(pathToFileURL(runnerProgram()).href);
  const code = `import { runTask } from ${runner}; await runTask((name) => import(name));`;
  return [...(hasFlag ? [stripTypes] : []), '--input-type=module', '--eval', code];
}

function runnerProgram(): string {
  const isSource = import.meta.url.endsWith('.ts');
  const path = fileURLToPath(
    new URL(isSource ? '../dist/js-task-runner.js' : './js-task-runner.js', import.meta.url),
  );
  if (existsSync(path)) return path;
  throw new SkyrocketError('TASK_FAILED', `${path} is not there; build the packages first (npm run build)`);
}

interface JsTaskCall {
  parameters: UserMap;
  context: FiretaskContext;
  resultFile: string;
}

function callDocument(task: JsTaskName, { parameters, context, resultFile }: JsTaskCall): UserMap {
  const module = isAbsolute(task.module) ? pathToFileURL(task.module).href : task.module;
  return new Map<string, UserValue>([
    ['module', module],
    ['exported', task.exported],
    ['parameters', parameters],
    ['spec', context.spec],
    ['fw_id', context.fwId],
    ['name', context.name],
    ['launch_dir', context.launchDir],
    ['fworker', fworkerToDocument(context.fworker)],
    ['result_file', resultFile],
  ]);
}

/** How a task's process ended, and what it wrote about the task; null when it wrote nothing. */
interface JsTaskEnd {
  end: CommandEnd;
  result: UserMap | null;
}

/** As much as a captured output. */
const largestResultBytes = 64 * 1024 * 1024;

async function readResultFile(path: string): Promise<UserMap | null> {
  const found = await stat(path).catch(() => null);
  if (!found) return null;
  if (found.size > largestResultBytes)
    return new Map([['failure', 'the action is larger than 64 MiB; store data in files']]);
  const result = parseJson(await readFile(path, 'utf8'));
  return isUserMap(result) ? result : null;
}

function readResult(task: JsTaskName, context: FiretaskContext, ended: JsTaskEnd): FWAction | null {
  const { end, result } = ended;
  if (!result) throw new SkyrocketError('TASK_FAILED', earlyEnd(task, end));
  const missing = result.get('missing');
  if (missing !== undefined) throw cannotImport(task, context, String(missing));
  const failure = result.get('failure');
  if (failure !== undefined) throw new SkyrocketError('TASK_FAILED', `${task.full}: ${failure}`);
  const action = result.get('action') ?? null;
  return action === null ? null : readReturnedAction(action, task.full, 'refused');
}

function earlyEnd(task: JsTaskName, end: CommandEnd): string {
  const how =
    end.signal === null
      ? `its process ended with code ${end.exitCode}`
      : `its process was ended by ${end.signal}`;
  const tail = end.tail.trimEnd();
  return `${task.full}: ${how} before the task had returned${tail === '' ? '' : `; its output ends with:\n${tail}`}`;
}
