import { isSystemError } from '@skyrocket/contract/system-error';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';

/** A program of this house. `run` gets the words after its name and resolves to the exit code. */
export interface Program {
  name: 'lpad' | 'rlaunch' | 'qlaunch' | 'mlaunch';
  run(words: readonly string[]): Promise<number>;
}

/**
 * Runs a program and sets the exit code of this process: what `run` resolves to; 2 after a user's mistake and 1 after
 * any other failure, of which one sentence is told on standard error (and the stack trace after `--debug`).
 *
 * A reader of the output that goes away (`lpad get_fws | head`) ends the output, not the work. Signals are left to
 * `run`; where it does nothing about them they end the process at once, which a shell sees as 128 + signal (130 after
 * SIGINT). The process ends when `run` is done and nothing is open any more.
 */
export async function runProgram({ name, run }: Program): Promise<void> {
  const words = process.argv.slice(2);
  const style: ErrorStyle = words.includes('--debug') ? 'with-stack' : 'sentence';
  letReadersGo();
  process.on('uncaughtException', (error) => {
    process.stderr.write(errorText(name, error, style));
    process.exit(exitCodeOf(error));
  });
  try {
    refuseUnsupported({ platform: process.platform, node: process.versions.node });
    process.exitCode = await run(words);
  } catch (error) {
    process.stderr.write(errorText(name, error, style));
    process.exitCode = exitCodeOf(error);
  }
}

function letReadersGo(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!isSystemError(error, 'EPIPE')) throw error;
    });
  }
}

/** The oldest Node that has all that is used here. */
const oldestNode = [20, 19] as const;

/** @throws SkyrocketError UNSUPPORTED_PLATFORM on Windows and on a Node that is too old */
export function refuseUnsupported(here: { platform: NodeJS.Platform; node: string }): void {
  if (here.platform === 'win32') {
    throw new SkyrocketError(
      'UNSUPPORTED_PLATFORM',
      'Skyrocket runs on Linux and macOS, not on Windows: use it inside the Windows Subsystem for Linux (WSL)',
    );
  }
  const [major = 0, minor = 0] = here.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new SkyrocketError(
    'UNSUPPORTED_PLATFORM',
    `Skyrocket needs Node ${oldestNode.join('.')} or newer, and this is Node ${here.node}: install a newer one`,
  );
}

export type ErrorStyle = 'sentence' | 'with-stack';

/** What a person reads when a program ends with an error. */
export function errorText(program: string, error: unknown, style: ErrorStyle): string {
  const known = isSkyrocketError(error);
  const message = error instanceof Error ? error.message : String(error);
  const sentence = known ? message : `unexpected error: ${message} (--debug tells where)`;
  // What is wrong with a command line begins with the command itself.
  const namesProgram = sentence.startsWith(`${program} `) || sentence.startsWith(`${program}: `);
  const line = namesProgram ? sentence : `${program}: ${sentence}`;
  return style === 'sentence' ? `${line}\n` : `${line}\n${stacks(error)}`;
}

/** The stack of an error and of what caused it. */
function stacks(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `caused by: ${error.cause}\n${stacks(error.cause)}`;
  return `${error.stack ?? ''}\n${cause}`;
}

export const exitCodeOf = (error: unknown): 1 | 2 => (isSkyrocketError(error) ? error.exitCode : 1);
