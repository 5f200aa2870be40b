import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SkyrocketError } from '@skyrocket/model/errors';
import { shellQuoted } from '@skyrocket/queue/job-script';
import type { QlaunchContext } from './context.ts';
import type { Remote } from './remote-options.ts';
import { repeat, untilSignal } from './run-qlaunch.ts';

/**
 * Runs qlaunch in each directory of each host, one after another; with `-d` again and again. Resolves to the exit code: 128 + the
 * signal that asked to stop, else that of the last one that failed, else 0. What they print is printed here.
 * @throws SkyrocketError BAD_CONFIGURATION when there is no ssh
 */
export async function runRemote(remote: Remote, context: QlaunchContext, words: string[]): Promise<number> {
  let exitCode = 0;
  const all = context.dryRun ? ['--dry-run', ...words] : words;
  const stopped = await untilSignal((stop) =>
    repeat(context, stop, async () => {
      exitCode = await runEverywhere(remote, context, { words: all, stop });
    }),
  );
  return stopped === 0 ? exitCode : stopped;
}

async function runEverywhere(
  remote: Remote,
  context: QlaunchContext,
  { words, stop }: { words: string[]; stop: AbortSignal },
): Promise<number> {
  let exitCode = 0;
  for (const host of remote.hosts) {
    for (const directory of remote.directories) {
      if (stop.aborted) return exitCode;
      context.log.info(`${host}: qlaunch in ${directory}`);
      const code = await runThere(remote, { host, directory }, words);
      if (code === 0) continue;
      context.log.error(`${host}: qlaunch in ${directory} ended with exit code ${code}`);
      exitCode = code;
    }
  }
  return exitCode;
}

/** How the mode of submission is said there. */
export const modeWords = (mode: QlaunchContext['mode']): string[] =>
  ({ plain: [], reserve: ['--reserve'], fill: ['--fill_mode'] })[mode];

type There = { host: string; directory: string };

async function runThere(remote: Remote, there: There, words: string[]): Promise<number> {
  const directory = remotePath(there.directory);
  if (remote.copied !== null) {
    const made = await ssh(remote, there, `mkdir -p ${directory}`);
    const copied = made === 0 ? await copy(remote, there, remote.copied) : made;
    if (copied !== 0) return copied;
  }
  return ssh(remote, there, `cd ${directory} && qlaunch ${words.map(shellQuoted).join(' ')}`);
}

/** A home directory is that of the host. */
function remotePath(path: string): string {
  const [, home = '', rest = ''] = /^(~[\w-]*\/?)?(.*)$/.exec(path) ?? [];
  return rest === '' ? home : `${home}${shellQuoted(rest)}`;
}

function ssh(remote: Remote, { host }: There, command: string): Promise<number> {
  const user = remote.user === null ? [] : ['-l', remote.user];
  return run('ssh', [...sshOptions(remote), ...user, host, `${remote.shell} ${shellQuoted(command)}`]);
}

function copy(remote: Remote, { host, directory }: There, folder: string): Promise<number> {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name));
  const target = `${remote.user === null ? '' : `${remote.user}@`}${host}:${directory.replace(/^~\//, '')}/`;
  return run('scp', ['-q', '-p', ...sshOptions(remote), '--', ...files, target]);
}

/** Without a terminal nobody can answer a question. */
function sshOptions({ keyFile }: Remote): string[] {
  const batch = process.stdin.isTTY ? [] : ['-o', 'BatchMode=yes'];
  return [...batch, ...(keyFile === null ? [] : ['-i', keyFile, '-o', 'IdentitiesOnly=yes'])];
}

function run(program: string, words: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', (cause) => {
      const message = `${program} cannot be started (${cause.message}): remote hosts are reached by OpenSSH`;
      reject(new SkyrocketError('BAD_CONFIGURATION', message, { cause }));
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
}
