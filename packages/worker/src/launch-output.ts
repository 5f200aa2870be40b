import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { coresVariable } from './allocation/placement-environment.ts';
import type { Command, CommandEnd, RunCommand } from './run-command.ts';
import type { Interruption } from './started-launch.ts';
import type { WorkerOptions } from './worker-options.ts';

/** Files of the launch directory that hold the output of its tasks (`--local_redirect`). */
export const outputFiles = { stdout: 'FW_job.out', stderr: 'FW_job.error' } as const;

/** Where the output of the tasks of one Launch goes that run in the worker or as commands. */
export interface LaunchOutput {
  run: RunCommand;
  /** How the last command ended; null before, and while one runs. */
  lastEnd(): CommandEnd | null;
  print(text: string): void;
  /** The last lines that were printed. */
  tail(): string;
}

export interface LaunchOutputOptions {
  output: WorkerOptions['output'];
  launchDir: string;
  run: RunCommand;
  /** Added to the environment of commands. */
  environment: Record<string, string>;
  /** In which commands stand; null: each is started at once. */
  line: number | null;
}

/** Characters of what was printed that messages may quote. */
const tailLength = 8 * 1024;

/** `interruption` ends the commands. */
export function launchOutput(options: LaunchOutputOptions, interruption: Interruption): LaunchOutput {
  const { output, launchDir, run, environment, line } = options;
  const files = output === 'launch-directory' ? redirection(launchDir) : null;
  let printed = '';
  let lastEnd: CommandEnd | null = null;
  return {
    lastEnd: () => lastEnd,
    run: async (command) => {
      lastEnd = null;
      const { capture } = command;
      const cores = environment[coresVariable];
      const redirected = {
        ...(files && !capture?.stdout && { stdoutFile: files.stdout }),
        ...(files && !capture?.stderr && { stderrFile: files.stderr }),
      };
      const env = { ...environment, ...command.env };
      const bound = cores === undefined ? command.run : boundTo(cores, command.run);
      lastEnd = await run({
        ...redirected,
        ...command,
        ...(line !== null && { line }),
        signal: command.signal ?? interruption.signal,
        run: bound,
        env,
      });
      return lastEnd;
    },
    print(text) {
      printed = (printed + text).slice(-tailLength);
      if (files) appendFileSync(files.stdout, text);
      else process.stdout.write(text);
    },
    tail: () => printed,
  };
}

/** On cores of its own. */
function boundTo(cores: string, run: Command['run']): Command['run'] {
  const [program, args] = 'shell' in run ? [run.shell, ['-c', run.script]] : [run.program, run.args];
  return { program: 'taskset', args: ['-c', cores, program, ...args] };
}

function redirection(launchDir: string): { stdout: string; stderr: string } {
  return { stdout: join(launchDir, outputFiles.stdout), stderr: join(launchDir, outputFiles.stderr) };
}
