import { spawn } from 'node:child_process';
import { isSystemError } from '@skyrocket/contract/system-error';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { Command } from './batch-system.ts';

/** How a command ended. */
export interface CommandEnd {
  /** Null when it was ended, since it took too long. */
  exitCode: number | null;
  output: string;
  errors: string;
}

/** Where commands run. */
export interface CommandPlace {
  directory: string;
  environment: NodeJS.ProcessEnv;
}

/**
 * Runs a command of a batch system to its end, for at most so many seconds.
 * @throws SkyrocketError BAD_CONFIGURATION when the program cannot be started at all
 */
export function runCommand(
  { program, words, input = '' }: Command,
  place: CommandPlace & { seconds: number },
): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      cwd: place.directory,
      env: place.environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own, so that all that it started can be ended with it.
      detached: true,
    });
    const timer = setTimeout(() => endGroup(child.pid), place.seconds * 1000);
    const texts = { output: '', errors: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      texts.output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      texts.errors += text;
    });
    // A program that does not read its input may end before it is written.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('error', (cause) => {
      clearTimeout(timer);
      reject(cannotStart(program, cause));
    });
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, ...texts });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It ended at this moment.
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}

function cannotStart(program: string, cause: Error): SkyrocketError {
  return new SkyrocketError(
    'BAD_CONFIGURATION',
    `${program} cannot be started (${cause.message}): it is the batch system's, so run this where jobs are submitted, or name another command in _q_commands_override`,
    { cause },
  );
}

/** The command's own words about its failure, in one line. */
export function wordsOf({ exitCode, output, errors }: CommandEnd): string {
  const words = `${errors}\n${output}`.replace(/\s+/g, ' ').trim();
  if (exitCode === null) return `it did not end in time${words === '' ? '' : ` (${words})`}`;
  return words === '' ? `exit code ${exitCode}` : words;
}
