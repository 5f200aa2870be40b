import { constants } from 'node:os';
import type { FWAction } from '@skyrocket/model/action';
import { SkyrocketError } from '@skyrocket/model/errors';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { Firetask } from '../firetask.ts';
import { pythonText } from '../python-text.ts';
import type { Command, CommandEnd } from '../run-command.ts';
import {
  flag,
  optionalText,
  ownOrGlobal,
  required,
  type TaskParameters,
  taskFailed,
  wrongKind,
} from './parameters.ts';
import { shellWords } from './shell-words.ts';

const task = 'ScriptTask';

/** Runs commands one after another until one fails: format §11. */
export const scriptTask: Firetask = async (parameters, context) => {
  const options = readOptions(ownOrGlobal(task, parameters, context.spec), context.spec);
  const ends: CommandEnd[] = [];
  for (const run of options.commands) {
    const end = await context.run({ ...options.streams, run, cwd: context.launchDir });
    if (end.truncated) throw taskFailed(task, tooMuchOutput);
    ends.push(end);
    if (returnCode(end) !== 0) break;
  }
  return concludeScript(options, ends);
};

const tooMuchOutput =
  'the output to be stored is longer than 64 MiB; use stdout_file and stderr_file instead of store_stdout and store_stderr';

interface ScriptOptions {
  commands: Command['run'][];
  streams: Pick<Command, 'stdin' | 'stdoutFile' | 'stderrFile' | 'capture'>;
  onBadCode: 'fizzle' | 'defuse' | 'go on';
}

function readOptions(parameters: TaskParameters, spec: UserMap): ScriptOptions {
  return {
    commands: readCommands(parameters),
    streams: readStreams(parameters, spec),
    onBadCode: readOnBadCode(parameters),
  };
}

function readCommands(parameters: TaskParameters): Command['run'][] {
  const script = required(parameters, 'script');
  const shell = optionalText(parameters, 'shell_exe');
  const listed = Array.isArray(script) ? script : [script];
  if (listed.length === 0) throw taskFailed(task, '"script" holds no command');
  return listed.map((command) =>
    flag(parameters, 'use_shell', true)
      ? shellCommand(parameters, command, shell ?? '/bin/sh')
      : plainCommand(parameters, command, shell),
  );
}

/** As in Python, a command that is a list is a script and the arguments of its shell. */
function shellCommand(parameters: TaskParameters, command: UserValue, shell: string): Command['run'] {
  if (typeof command === 'string') return { shell, script: command };
  if (!Array.isArray(command)) throw wrongKind(parameters, 'script', 'a text or a list of texts', command);
  return { program: shell, args: ['-c', ...command.map(pythonText)] };
}

/** A text is separated into words as a shell would; a list holds the words. */
function plainCommand(
  parameters: TaskParameters,
  command: UserValue,
  executable: string | undefined,
): Command['run'] {
  if (isUserMap(command)) throw wrongKind(parameters, 'script', 'a text or a list of texts', command);
  const words = Array.isArray(command) ? command.map(pythonText) : shellWords(pythonText(command));
  if (!words) throw taskFailed(task, `in "script" a quote is not closed: ${pythonText(command)}`);
  const [program, ...args] = words;
  if (program === undefined) throw taskFailed(task, '"script" holds an empty command');
  return { program: executable ?? program, args };
}

function readStreams(parameters: TaskParameters, spec: UserMap): ScriptOptions['streams'] {
  const stdin = readStdin(parameters, spec);
  const stdoutFile = optionalText(parameters, 'stdout_file');
  const stderrFile = optionalText(parameters, 'stderr_file');
  return {
    ...(stdin && { stdin }),
    ...(stdoutFile && { stdoutFile }),
    ...(stderrFile && { stderrFile }),
    capture: {
      stdout: flag(parameters, 'store_stdout', false),
      stderr: flag(parameters, 'store_stderr', false),
    },
  };
}

function readStdin(parameters: TaskParameters, spec: UserMap): Command['stdin'] {
  const file = optionalText(parameters, 'stdin_file');
  const key = optionalText(parameters, 'stdin_key');
  if (file && key) throw taskFailed(task, 'give either "stdin_file" or "stdin_key", not both');
  if (file) return { file };
  if (!key) return undefined;
  const value = spec.get(key);
  if (value === undefined) throw taskFailed(task, `"stdin_key" names "${key}", which is not in the spec`);
  return { text: pythonText(value) };
}

function readOnBadCode(parameters: TaskParameters): ScriptOptions['onBadCode'] {
  const defuse = flag(parameters, 'defuse_bad_rc', false);
  const fizzle = flag(parameters, 'fizzle_bad_rc', !defuse);
  if (defuse && fizzle) throw taskFailed(task, 'give either "defuse_bad_rc" or "fizzle_bad_rc", not both');
  if (defuse) return 'defuse';
  return fizzle ? 'fizzle' : 'go on';
}

function concludeScript(options: ScriptOptions, ends: CommandEnd[]): Partial<FWAction> {
  const codes = ends.map(returnCode);
  const code = codes.at(-1) ?? 0;
  const { capture } = options.streams;
  const storedData: UserMap = new Map();
  if (capture?.stdout) storedData.set('stdout', ends.map((end) => end.stdout).join(''));
  if (capture?.stderr) storedData.set('stderr', ends.map((end) => end.stderr).join(''));
  storedData.set('returncode', code).set('all_returncodes', codes);
  if (code !== 0 && options.onBadCode === 'fizzle') {
    const tail = ends.at(-1)?.tail.trimEnd();
    const sentence = `ScriptTask fizzled! Return code: [${codes.join(', ')}]`;
    throw new SkyrocketError('TASK_FAILED', tail ? `${sentence}; the output ends with:\n${tail}` : sentence);
  }
  return { storedData, ...(code !== 0 && options.onBadCode === 'defuse' && { defuseChildren: true }) };
}

/** As Python gives it: minus the number of the signal that killed it. */
export function returnCode(end: Pick<CommandEnd, 'exitCode' | 'signal'>): number {
  return end.signal === null ? (end.exitCode ?? 0) : -constants.signals[end.signal];
}
