import { copyFile, rename, rm } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { SkyrocketError } from '@skyrocket/model/errors';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';
import type { RunCommand } from './run-command.ts';

export interface FilesInContext {
  launchDir: string;
  run: RunCommand;
}

/**
 * Copies the files that parents have passed on (`_files_prev`) and that the spec asks for (`_files_in`) into the launch
 * directory. A file is compressed or decompressed where the names of source and copy say so: format §4.
 * @throws SkyrocketError TASK_FAILED naming the file
 */
export async function copyFilesIn(spec: UserMap, context: FilesInContext): Promise<void> {
  const wanted = spec.get('_files_in');
  const passed = spec.get('_files_prev');
  if (!isUserMap(wanted) || !isUserMap(passed)) return;
  for (const [name, local] of wanted) {
    const source = passed.get(name);
    if (source === undefined) continue;
    if (typeof source !== 'string' || typeof local !== 'string')
      throw new SkyrocketError('TASK_FAILED', `_files_in: the names of "${name}" must be texts`);
    await copyRecoded(source, resolve(context.launchDir, local), { ...context, name });
  }
}

/** Programs that read standard input and write standard output. */
interface Coding {
  name: string;
  decode: string[];
  encode: string[];
}

const gzip: Coding = { name: 'gzip', decode: ['gzip', '-dc'], encode: ['gzip', '-c'] };
const bzip2: Coding = { name: 'bzip2', decode: ['bzip2', '-dc'], encode: ['bzip2', '-c'] };
const xz: Coding = { name: 'xz', decode: ['xz', '-dc'], encode: ['xz', '-c'] };

/** Python's reader takes .Z for gzip, and .lzma for xz; the programs read both kinds of each. */
const codings: ReadonlyMap<string, Coding> = new Map([
  ['.gz', gzip],
  ['.z', gzip],
  ['.bz2', bzip2],
  ['.xz', xz],
  ['.lzma', xz],
]);

const codingOf = (path: string): Coding | null => codings.get(extname(path).toLowerCase()) ?? null;

interface RecodingContext extends FilesInContext {
  name: string;
}

async function copyRecoded(source: string, target: string, context: RecodingContext): Promise<void> {
  const [from, to] = [codingOf(source), codingOf(target)];
  try {
    if (from?.name === to?.name) await copyFile(source, target);
    else if (!from) await recode({ program: to?.encode ?? [], source, target }, context);
    else if (!to) await recode({ program: from.decode, source, target }, context);
    else {
      const plain = `${target}.plain`;
      await recode({ program: from.decode, source, target: plain }, context);
      await recode({ program: to.encode, source: plain, target }, context);
      await rm(plain);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SkyrocketError(
      'TASK_FAILED',
      `_files_in: "${context.name}" cannot be copied from ${source} to ${target}: ${reason}`,
      { cause: error },
    );
  }
}

/** The copy has its name only when it is whole. */
async function recode(
  { program, source, target }: { program: string[]; source: string; target: string },
  { launchDir, run }: FilesInContext,
): Promise<void> {
  const part = `${target}.part`;
  await rm(part, { force: true });
  const [name = '', ...args] = program;
  const end = await run({
    run: { program: name, args },
    cwd: launchDir,
    stdin: { file: source },
    stdoutFile: part,
    capture: { stderr: true },
  });
  if (end.exitCode !== 0)
    throw new Error(end.stderr.trim() || `${name} ended with ${end.exitCode ?? end.signal}`);
  await rename(part, target);
}
