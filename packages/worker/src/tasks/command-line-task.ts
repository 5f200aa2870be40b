import { randomUUID } from 'node:crypto';
import { copyFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '@skyrocket/contract/system-error';
import type { FWAction } from '@skyrocket/model/action';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import type { Firetask, FiretaskContext } from '../firetask.ts';
import { pythonText } from '../python-text.ts';
import type { Command, CommandEnd } from '../run-command.ts';
import { type Binding, type Input, type Output, readInputs, readOutputs } from './command-line-parts.ts';
import { given, requiredList, requiredMap, type TaskParameters, taskFailed } from './parameters.ts';
import { placeIn } from './places.ts';

const task = 'CommandLineTask';

/** Runs one program whose arguments and streams are described by labels: format §11. */
export const commandLineTask: Firetask = async (parameters, context) => {
  const own = { task, map: parameters };
  const described = { task, map: requiredMap(own, 'command_spec') };
  const inputs = readInputs(own, described, context.spec);
  const outputs = readOutputs(own, described, context.spec);
  for (const output of outputs) await settlePlace(output, context);
  const end = await context.run(await commandOf({ described, inputs, outputs }, context));
  if (end.exitCode !== 0) throw failed(end);
  if (end.truncated) throw taskFailed(task, 'the output to be stored is longer than 64 MiB; use a path');
  for (const output of outputs) await collect(output, end, context);
  return actionOf(own, outputs);
};

/** A directory gets a new file with a name of its own. */
async function settlePlace(output: Output, { launchDir }: FiretaskContext): Promise<void> {
  if (output.kind !== 'path') return;
  const found = await stat(placeIn(launchDir, output.path)).catch(() => null);
  if (found?.isDirectory()) output.path = join(output.path, randomUUID());
}

interface Described {
  described: TaskParameters;
  inputs: Input[];
  outputs: Output[];
}

async function commandOf(
  { described, inputs, outputs }: Described,
  context: FiretaskContext,
): Promise<Command> {
  const [program, ...words] = requiredList(described, 'command').map(pythonText);
  if (program === undefined) throw taskFailed(task, '"command" is empty');
  const args = [...words, ...inputs.flatMap(argumentOfInput), ...outputs.flatMap(argumentOfOutput)];
  const stdin = stdinOf(inputs, context);
  const stdoutFile = await emptyFileOf(outputs, 'stdout', context);
  const stderrFile = await emptyFileOf(outputs, 'stderr', context);
  const captures = (stream: 'stdout' | 'stderr') =>
    outputs.some((output) => output.kind === 'data' && output.stream === stream);
  return {
    run: { program, args },
    cwd: context.launchDir,
    ...(stdin && { stdin }),
    ...(stdoutFile !== undefined && { stdoutFile }),
    ...(stderrFile !== undefined && { stderrFile }),
    capture: { stdout: captures('stdout'), stderr: captures('stderr') },
  };
}

function argumentOfInput({ binding, isStdin, value }: Input): string[] {
  return argument(binding, isStdin ? '' : pythonText(value));
}

function argumentOfOutput(output: Output): string[] {
  return argument(output.binding, output.kind === 'path' && output.from === 'argument' ? output.path : '');
}

function argument({ prefix, separator }: Binding, value: string): string[] {
  const text = prefix + separator + value;
  return text === '' ? [] : [text];
}

function stdinOf(inputs: Input[], { launchDir }: FiretaskContext): Command['stdin'] {
  const input = inputs.findLast(({ isStdin }) => isStdin);
  if (!input) return undefined;
  const value = pythonText(input.value);
  return input.type === 'path' ? { file: placeIn(launchDir, value) } : { text: value };
}

/** Commands append to the files of their streams, but this task begins them anew. */
async function emptyFileOf(
  outputs: Output[],
  stream: 'stdout' | 'stderr',
  { launchDir }: FiretaskContext,
): Promise<string | undefined> {
  const output = outputs.findLast((candidate) => candidate.kind === 'path' && candidate.from === stream);
  if (output?.kind !== 'path') return undefined;
  const path = placeIn(launchDir, output.path);
  await writeFile(path, '').catch((error: unknown) => {
    throw taskFailed(task, `${path} cannot be written: ${reasonOf(error)}`, { cause: error });
  });
  return path;
}

function failed(end: CommandEnd) {
  const how = end.signal === null ? `ended with code ${end.exitCode}` : `was ended by ${end.signal}`;
  const tail = end.tail.trimEnd();
  return taskFailed(task, `the command ${how}${tail === '' ? '' : `; its output ends with:\n${tail}`}`);
}

async function collect(output: Output, end: CommandEnd, { launchDir }: FiretaskContext): Promise<void> {
  if (output.kind === 'data') {
    output.target.set('value', end[output.stream].trim());
    return;
  }
  output.target.set('value', output.path);
  if (typeof output.from === 'string') return;
  const source = placeIn(launchDir, output.from.path);
  const target = placeIn(launchDir, output.path);
  await copyFile(source, target).catch((error: unknown) => {
    throw taskFailed(task, `${source} cannot be copied to ${target}: ${reasonOf(error)}`, { cause: error });
  });
}

function actionOf(parameters: TaskParameters, outputs: Output[]): Partial<FWAction> | null {
  if (outputs.length === 0) return null;
  const results = outputs.map(({ label, target }): [string, UserValue] => [label, target]);
  if (given(parameters, 'chunk_number') === undefined) return { updateSpec: new Map(results) };
  return {
    modSpec: results.map((result): UserMap => new Map<string, UserValue>([['_push', new Map([result])]])),
  };
}
