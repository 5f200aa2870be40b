import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readlink, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeDirectories } from '@skyrocket/contract/make-directories';
import { isSystemError } from '@skyrocket/contract/system-error';

/** Copies and moves as Python's shutil does, which is what users of FireWorks expect of the modes of FileTransferTask. */
export interface Copying {
  source: string;
  target: string;
  signal: AbortSignal;
}

/** Content and permissions; into a directory under the file's own name. */
export async function copyWithMode(copying: Copying): Promise<void> {
  const { source, target, signal } = await intoDirectory(copying);
  await copyContent({ source, target, signal });
  await chmod(target, (await stat(source)).mode);
}

/** Like {@link copyWithMode}, with the times of the file. */
export async function copyWithTimes(copying: Copying): Promise<void> {
  const { source, target, signal } = await intoDirectory(copying);
  await copyWithMode({ source, target, signal });
  await keepTimes(source, target);
}

/** The content only. */
export async function copyContent(copying: Copying): Promise<void> {
  const { mode } = await copyableFile(copying);
  await copyBytes(copying, { mode });
}

/** A directory with all below it, to a place where there is nothing yet; links are copied as what they lead to. */
export async function copyTree(copying: Copying): Promise<void> {
  makeDirectories(dirname(copying.target));
  await copyBelow(copying, 'copied as what they lead to');
}

/** Renames where that is possible; across file systems it copies and then deletes. A directory gets what is moved to it. */
export async function move(copying: Copying): Promise<void> {
  const target = await placeToMoveTo(copying);
  try {
    await rename(copying.source, target);
  } catch (error) {
    if (!isSystemError(error, 'EXDEV')) throw error;
    await moveByCopying({ ...copying, target });
  }
}

/** At every moment the source is there whole, or the target is. */
async function moveByCopying(copying: Copying): Promise<void> {
  const part = `${copying.target}.${randomUUID()}.part`;
  try {
    await copyEntry({ ...copying, target: part }, 'kept');
    await rename(part, copying.target);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
  await rm(copying.source, { recursive: true });
}

async function placeToMoveTo({ source, target }: Copying): Promise<string> {
  const found = await statIfThere(target);
  if (!found?.isDirectory()) return target;
  if (isSame(found, await lstat(source))) return target;
  const inside = join(target, basename(source));
  if (await lstatIfThere(inside)) throw new Error(`${inside} exists already`);
  if (`${target}${sep}`.startsWith(`${source}${sep}`))
    throw new Error(`${source} cannot be moved into itself`);
  return inside;
}

async function intoDirectory(copying: Copying): Promise<Copying> {
  const isDirectory = (await statIfThere(copying.target))?.isDirectory() ?? false;
  return isDirectory ? { ...copying, target: join(copying.target, basename(copying.source)) } : copying;
}

/** @throws Error for what would wait for ever, or be emptied by being copied onto itself */
async function copyableFile({ source, target }: Copying): Promise<Stats> {
  const from = await stat(source);
  if (from.isDirectory()) throw new Error(`${source} is a directory`);
  if (!from.isFile()) throw new Error(`${source} is not a regular file`);
  const to = await statIfThere(target);
  if (to && isSame(from, to)) throw new Error(`${source} and ${target} are the same file`);
  if (to?.isDirectory()) throw new Error(`${target} is a directory`);
  if (to?.isFIFO()) throw new Error(`${target} is a named pipe`);
  return from;
}

const chunkBytes = 1024 * 1024;

/** Not copyFile, which cannot be interrupted. The mode is that of a file that is made: never more open than the source. */
async function copyBytes({ source, target, signal }: Copying, { mode }: { mode: number }): Promise<void> {
  await pipeline(
    createReadStream(source, { highWaterMark: chunkBytes }),
    createWriteStream(target, { mode: mode & 0o777, highWaterMark: chunkBytes }),
    { signal },
  );
}

const isSame = (a: Stats, b: Stats) => a.dev === b.dev && a.ino === b.ino;

type Links = 'kept' | 'copied as what they lead to';

async function copyBelow(copying: Copying, links: Links): Promise<void> {
  const { source, target } = copying;
  // Read before the target is made, which may lie below the source.
  const names = await readdir(source);
  await mkdir(target);
  for (const name of names)
    await copyEntry({ ...copying, source: join(source, name), target: join(target, name) }, links);
  await chmod(target, (await stat(source)).mode);
  await keepTimes(source, target);
}

async function copyEntry(copying: Copying, links: Links): Promise<void> {
  const { source, target, signal } = copying;
  signal.throwIfAborted();
  const found = await (links === 'kept' ? lstat(source) : stat(source));
  if (found.isDirectory()) {
    await copyBelow(copying, links);
  } else if (found.isSymbolicLink()) {
    await symlink(await readlink(source), target);
  } else {
    if (!found.isFile()) throw new Error(`${source} is neither a file nor a directory`);
    await copyBytes(copying, found);
    await chmod(target, found.mode);
    await keepTimes(source, target);
  }
}

async function keepTimes(source: string, target: string): Promise<void> {
  const { atime, mtime } = await stat(source);
  await utimes(target, atime, mtime);
}

const statIfThere = (path: string) => stat(path).catch(nullIfAbsent);
const lstatIfThere = (path: string) => lstat(path).catch(nullIfAbsent);

function nullIfAbsent(error: unknown): null {
  if (isSystemError(error, 'ENOENT')) return null;
  throw error;
}
