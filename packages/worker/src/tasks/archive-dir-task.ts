import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { reasonOf } from '@skyrocket/contract/system-error';
import { ZipFile } from 'yazl';
import type { Firetask, FiretaskContext } from '../firetask.ts';
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
      // Not --file=PATH: a colon in its name would mean another host.
      run: { program: 'tar', args: ['--create', ...compression, ...left, '--file=-', '.'] },
      cwd: directory,
      env: { LC_ALL: 'C' },
      stdoutFile: part,
      capture: { stderr: true },
    });
    if (end.exitCode === 1 && fileChanged.test(end.stderr)) context.print(end.stderr);
    else if (end.exitCode !== 0)
      throw new Error(end.stderr.trim() || `tar ended with ${end.exitCode ?? end.signal}`);
  };
}

/** GNU tar ends with 1 when a file grew or went while it was packed, as the output of this very Launch may. */
const fileChanged = /file (changed as|removed before) we read it/i;

const literalPattern = (path: string) => path.replace(/[*?[\]\\]/g, '\\$&');

async function writeZip(archiving: Archiving, context: FiretaskContext): Promise<void> {
  const zip = new ZipFile();
  const failure = new AbortController();
  const fail = (error: unknown) => failure.abort(error);
  zip.on('error', fail);
  const signal = AbortSignal.any([context.signal, failure.signal]);
  try {
    await Promise.all([
      pipeline(zip.outputStream, createWriteStream(archiving.part), { signal }),
      addAll(zip, archiving).then(() => zip.end(), fail),
    ]);
  } catch (error) {
    throw failure.signal.reason ?? error;
  }
}

/** Like Python's zipfile, links are packed as what they lead to; linked directories, which might lead round, are not. */
async function addAll(zip: ZipFile, { directory, part, archive }: Archiving): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(directory, path);
    if (entry.isDirectory()) {
      zip.addEmptyDirectory(name);
      continue;
    }
    const found = await stat(path).catch(() => null); // A link that leads nowhere.
    if (!found?.isFile() || path === part || path === archive) continue;
    // Not addFile: it fails for a file that grows meanwhile, as the output of this very Launch may.
    const { mtime, mode } = found;
    zip.addReadStreamLazy(name, { mtime, mode }, (give) => give(null, createReadStream(path)));
  }
}
