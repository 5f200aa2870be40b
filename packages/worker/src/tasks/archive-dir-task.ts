import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { Firetask, FiretaskContext } from '../firetask.ts';
import { reasonOf } from '../system-error.ts';
import { optionalText, requiredText, taskFailed } from './parameters.ts';
import { placeIn } from './places.ts';

const task = 'ArchiveDirTask';

/** What is written, and where the archive is not to be packed into itself. */
interface Archiving {
  directory: string;
  /** The archive while it is written; renamed when it is whole. */
  part: string;
  /** An older archive of this name, which is replaced. */
  archive: string;
}

interface Format {
  suffix: string;
  write(archiving: Archiving, context: FiretaskContext): Promise<void>;
}

const formats: ReadonlyMap<string, Format> = new Map([
  ['gztar', { suffix: '.tar.gz', write: tarWriter(['--gzip']) }],
  ['bztar', { suffix: '.tar.bz2', write: tarWriter(['--bzip2']) }],
  ['tar', { suffix: '.tar', write: tarWriter([]) }],
  ['zip', { suffix: '.zip', write: writeZip }],
]);

/** Packs the launch directory into one file: format §11. */
export const archiveDirTask: Firetask = async (parameters, context) => {
  const own = { task, map: parameters };
  const name = optionalText(own, 'format') ?? 'gztar';
  const format = formats.get(name);
  if (!format)
    throw taskFailed(task, `"format" must be one of ${[...formats.keys()].join(', ')}, not ${name}`);
  const archive = placeIn(context.launchDir, requiredText(own, 'base_name')) + format.suffix;
  const part = join(dirname(archive), `.archive-${randomUUID()}.part`);
  try {
    await format.write({ directory: context.launchDir, part, archive }, context);
    await rename(part, archive);
  } catch (error) {
    await rm(part, { force: true });
    context.signal.throwIfAborted();
    throw taskFailed(task, `${archive} cannot be made: ${reasonOf(error)}`, { cause: error });
  }
  return null;
};

function tarWriter(compression: string[]): Format['write'] {
  return async ({ directory, part, archive }, context) => {
    const left = [part, archive].map((path) => `--exclude=./${literalPattern(relative(directory, path))}`);
    const end = await context.run({
      // Not --file: a colon in its name would mean another host.
      run: { program: 'tar', args: ['--create', ...compression, ...left, '.'] },
      cwd: directory,
      stdoutFile: part,
      capture: { stderr: true },
    });
    // GNU tar ends with 1 when a file grew while it was packed, as the output of this very Launch may.
    if (end.exitCode === 1 && /file changed as we read it/.test(end.stderr)) context.print(end.stderr);
    else if (end.exitCode !== 0)
      throw new Error(end.stderr.trim() || `tar ended with ${end.exitCode ?? end.signal}`);
  };
}

const literalPattern = (path: string) => path.replace(/[*?[\]\\]/g, '\\$&');

async function writeZip({ directory, part, archive }: Archiving, context: FiretaskContext): Promise<void> {
  const zip = new ZipFile();
  const written = pipeline(zip.outputStream, createWriteStream(part), { signal: context.signal });
  try {
    await addToZip(zip, directory, { from: directory, except: [part, archive] });
    zip.end();
  } catch (error) {
    zip.emit('error', error);
  }
  await written;
}

/** Like Python's zipfile, links are packed as what they lead to; linked directories, which might lead round, are not. */
async function addToZip(
  zip: ZipFile,
  directory: string,
  { from, except }: { from: string; except: string[] },
): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    const name = relative(from, path);
    if (entry.isDirectory()) {
      zip.addEmptyDirectory(name);
      await addToZip(zip, path, { from, except });
      continue;
    }
    const found = await stat(path).catch(() => null);
    if (found?.isFile() && !except.includes(path))
      zip.addFile(path, name, { mtime: found.mtime, mode: found.mode });
  }
}
