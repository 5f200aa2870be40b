import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, lstat, readdir, rename, rm, stat, unlink, utimes } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { reasonOf } from '@skyrocket/contract/system-error';
import type { Firetask, FiretaskContext } from '../firetask.ts';
import { flag, optionalText, type TaskParameters, taskFailed } from './parameters.ts';
import { placeIn } from './places.ts';

/** Compresses every file below a directory by itself; links stay as they are: format §11. */
export const compressDirTask: Firetask = async (parameters, context) => {
  const own = { task: 'CompressDirTask', map: parameters };
  const compression = optionalText(own, 'compression') ?? 'gz';
  const coding = encodings.get(compression);
  if (!coding) throw taskFailed(own.task, `"compression" must be gz or bz2, not ${compression}`);
  const directory = placeIn(context.launchDir, optionalText(own, 'dest'));
  await heedingErrors(own, context, async () => {
    for (const path of await filesBelow(directory)) {
      const isFile = (await lstat(path)).isFile();
      if (!isFile || extname(path).toLowerCase() === `.${compression}` || isOpen(path, context)) continue;
      await replaceFile({ path, result: `${path}.${compression}`, coding }, context);
    }
  });
  return null;
};

/** Decompresses every .gz, .bz2 and .z file below a directory: format §11. */
export const decompressDirTask: Firetask = async (parameters, context) => {
  const own = { task: 'DecompressDirTask', map: parameters };
  const directory = placeIn(context.launchDir, optionalText(own, 'dest'));
  await heedingErrors(own, context, async () => {
    for (const path of await filesBelow(directory)) {
      const extension = extname(path);
      const coding = decodings.get(extension.toLowerCase());
      if (coding && (await leadsToFile(path)))
        await replaceFile({ path, result: path.slice(0, -extension.length), coding }, context);
    }
  });
  return null;
};

/** Ends at the first error; with `ignore_errors` it only tells of it, as FireWorks does. */
async function heedingErrors(
  parameters: TaskParameters,
  context: FiretaskContext,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    context.signal.throwIfAborted();
    const { task } = parameters;
    if (!flag(parameters, 'ignore_errors', false)) throw taskFailed(task, reasonOf(error), { cause: error });
    context.print(`${task}: ${reasonOf(error)}\n`);
  }
}

/** All that are no directories, as they were at the beginning. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((file) => join(file.parentPath, file.name)).sort();
}

/** Files that the worker or the batch system writes while the task runs: what they write later would be lost. */
const openNames = ['FW_offline.json', 'FW_ping.json', 'FW_job.out', 'FW_job.error'];

const isOpen = (path: string, { launchDir }: FiretaskContext) =>
  openNames.some((name) => path === join(launchDir, name));

const leadsToFile = (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false, // A link that leads nowhere.
  );

interface Replacement {
  path: string;
  result: string;
  coding: Coding;
}

/** Either in this process, or a program that reads standard input and writes standard output. */
type Coding = (() => Transform) | [program: string, ...args: string[]];

const encodings: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  ['gz', createGzip],
  ['bz2', ['bzip2', '--compress', '--stdout']],
]);

const decodings: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  ['.gz', createGunzip],
  ['.bz2', ['bzip2', '--decompress', '--stdout']],
  // Of the program compress, which only gzip still reads; others call gzipped files so.
  ['.z', ['gzip', '--decompress', '--stdout']],
]);

/** The original is deleted when the result is there whole, with its permissions and times. */
async function replaceFile({ path, result, coding }: Replacement, context: FiretaskContext): Promise<void> {
  context.signal.throwIfAborted();
  const part = `${result}.part`;
  await rm(part, { force: true });
  try {
    await code({ path, result: part, coding }, context);
    const { mode, atime, mtime } = await stat(path);
    await chmod(part, mode);
    await utimes(part, atime, mtime);
    await rename(part, result);
  } catch (error) {
    await rm(part, { force: true });
    throw new Error(`${path}: ${reasonOf(error)}`, { cause: error });
  }
  await unlink(path);
}

async function code({ path, result, coding }: Replacement, context: FiretaskContext): Promise<void> {
  if (typeof coding === 'function') {
    const target = createWriteStream(result, { mode: 0o600 });
    await pipeline(createReadStream(path), coding(), target, { signal: context.signal });
    return;
  }
  const [program, ...args] = coding;
  const end = await context.run({
    run: { program, args },
    cwd: context.launchDir,
    stdin: { file: path },
    stdoutFile: result,
    capture: { stderr: true },
  });
  if (end.exitCode !== 0)
    throw new Error(end.stderr.trim() || `${program} ended with ${end.exitCode ?? end.signal}`);
}
