import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isSystemError, reasonOf } from '@skyrocket/contract/system-error';
import { memberInteger, memberMap, memberText, readMembers } from '@skyrocket/model/document-fault';
import { fworkerFromDocument } from '@skyrocket/model/launch-document';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { Float, fromPlain, toPlain, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { JsFiretaskContext, PlainMap } from './js-task.ts';

/**
 * Runs one JavaScript Firetask in a process of its own: the call comes in on standard input, what came of it goes into a
 * file that is there whole or not at all. `importModule` stands where relative names are to be looked up.
 */
export async function runTask(importModule: (name: string) => Promise<unknown>): Promise<never> {
  const call = readCall(readFileSync(0, 'utf8'));
  process.chdir(call.launchDir);
  const outcome = await outcomeOf(call, importModule);
  writeFileSync(`${call.resultFile}.part`, stringifyJson(outcome));
  renameSync(`${call.resultFile}.part`, call.resultFile);
  // What the task has left running ends with it; what it printed is not lost.
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
  );
  process.exit(0);
}

interface Call {
  module: string;
  exported: string;
  launchDir: string;
  resultFile: string;
  parameters: UserMap;
  context: JsFiretaskContext;
}

function readCall(text: string): Call {
  const reader = readMembers(parseJson(text), [], 'BAD_FILE');
  const parameters = memberMap(reader, 'parameters');
  const spec = memberMap(reader, 'spec');
  const launchDir = memberText(reader, 'launch_dir', '');
  return {
    module: memberText(reader, 'module', ''),
    exported: memberText(reader, 'exported', ''),
    launchDir,
    resultFile: memberText(reader, 'result_file', ''),
    parameters,
    context: taskContext({
      spec,
      parameters,
      launchDir,
      fwId: memberInteger(reader, 'fw_id', -1),
      name: memberText(reader, 'name', ''),
      fworker: memberMap(reader, 'fworker'),
    }),
  };
}

interface Told {
  spec: UserMap;
  parameters: UserMap;
  launchDir: string;
  fwId: number;
  name: string;
  fworker: UserMap;
}

function taskContext({ spec, parameters, launchDir, fwId, name, fworker }: Told): JsFiretaskContext {
  const { query, env, ...known } = fworkerFromDocument(fworker);
  let interruption: AbortSignal | undefined;
  return {
    spec: plainMap(spec),
    fwId,
    name,
    launchDir,
    fworker: { ...known, query: plainMap(query), env: plainMap(env) },
    // Listening to a signal keeps it from ending the process, so it is left to those who look here.
    get signal() {
      interruption ??= signalOfProcess();
      return interruption;
    },
    float: (value) => (Number.isInteger(value) ? new Float(value) : value),
    lossless: { parameters, spec },
  };
}

function signalOfProcess(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort(signal));
  return controller.signal;
}

function plainMap(map: UserMap): PlainMap {
  const plain: PlainMap = Object.create(null);
  for (const [key, value] of map) plain[key] = toPlain(value);
  return plain;
}

/** One of `action`, `failure` (the task's or its author's) and `missing` (this machine lacks the module or a part of it). */
async function outcomeOf(call: Call, importModule: (name: string) => Promise<unknown>): Promise<UserMap> {
  const { module, exported } = call;
  let task: unknown;
  try {
    task = Reflect.get(Object(await importModule(module)), exported);
  } catch (error) {
    if (isSystemError(error, 'ERR_MODULE_NOT_FOUND')) return outcome('missing', reasonOf(error));
    return outcome('failure', `${module} cannot be loaded: ${stackOf(error)}`);
  }
  if (typeof task !== 'function')
    return outcome('failure', `${module} exports no function named ${exported}`);
  try {
    return outcome('action', fromPlain((await task(plainMap(call.parameters), call.context)) ?? null));
  } catch (error) {
    return outcome('failure', stackOf(error));
  }
}

function outcome(kind: 'action' | 'failure' | 'missing', value: UserValue): UserMap {
  return new Map([[kind, value]]);
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
