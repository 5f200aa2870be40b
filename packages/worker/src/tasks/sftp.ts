import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FiretaskContext } from '../firetask.ts';

/** Files to be copied to another host. */
export interface Sending {
  server: string;
  user: string | undefined;
  keyFile: string | undefined;
  /** On the server: made if it is absent; relative to the directory that a login begins in. */
  directory: string;
  /** Absolute. Of a directory the files in it are sent, not those below. */
  sources: string[];
  /** What becomes of the other files when one cannot be sent. */
  onError: 'stop' | 'go on';
}

/**
 * Sends files by the system's `sftp`, with the user's own configuration, keys and known hosts, and never asks anything.
 * Rejects with an Error that has sftp's words when it cannot connect or, with `stop`, when a file cannot be sent.
 */
export async function sendFiles(sending: Sending, context: FiretaskContext): Promise<void> {
  const batch = await batchOf(sending);
  const { user, keyFile } = sending;
  const host = sending.server.includes(':') ? `[${sending.server}]` : sending.server;
  const end = await context.run({
    run: {
      program: 'sftp',
      args: [
        '-oBatchMode=yes',
        ...(keyFile === undefined ? [] : ['-i', keyFile]),
        '-b',
        '-',
        '--',
        user === undefined ? host : `${user}@${host}`,
      ],
    },
    cwd: context.launchDir,
    stdin: { text: batch },
    capture: { stdout: true, stderr: true },
  });
  if (end.exitCode !== 0)
    throw new Error(end.stderr.trim() || `sftp ended with ${end.exitCode ?? end.signal}`);
  if (sending.onError === 'go on') context.print(end.stderr);
}

async function batchOf({ sources, directory, onError }: Sending): Promise<string> {
  const put = onError === 'stop' ? 'put' : '-put';
  const lines = [`-mkdir ${quoted(directory)}`];
  for (const source of sources)
    for (const file of await filesOf(source, onError))
      lines.push(`${put} ${quoted(file)} ${quoted(join(directory, basename(file)))}`);
  return `${lines.join('\n')}\n`;
}

async function filesOf(source: string, onError: Sending['onError']): Promise<string[]> {
  const found = await stat(source).catch((error: unknown) => {
    if (onError === 'stop') throw error;
    return null;
  });
  if (!found?.isDirectory()) return [source];
  const files: string[] = [];
  for (const name of await readdir(source)) {
    const path = join(source, name);
    const isFile = await stat(path).then(
      (below) => below.isFile(),
      () => false, // A link that leads nowhere, or a file deleted just now.
    );
    if (isFile) files.push(path);
  }
  return files.sort();
}

/** As sftp's batch files are read: one command a line, a name that begins with `-` would be an option. */
function quoted(path: string): string {
  if (/[\n\r]/.test(path))
    throw new Error(`sftp cannot send ${JSON.stringify(path)}: its name holds a line end`);
  const text = path.startsWith('-') ? `./${path}` : path;
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
