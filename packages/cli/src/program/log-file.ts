import { appendFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '@skyrocket/contract/make-directories';
import { SkyrocketError } from '@skyrocket/model/errors';

/** A file of log lines that several processes may write at once. */
export interface LogFile {
  append(text: string): void;
}

/** A file that has grown beyond this is put aside. */
const fullBytes = 10 * 1024 * 1024;
/** So many files that were put aside are kept. */
const keptFiles = 5;
/** The size is looked at again after so many bytes: others write too. */
const checkEveryBytes = 64 * 1024;

/**
 * Opens a log file and makes its directory. A full one is renamed to `<name>.<moment>-<process>`, a name of its own, so
 * that processes which do so at the same moment lose nothing; the oldest are removed.
 * @throws SkyrocketError BAD_CONFIGURATION when it cannot be written
 */
export function openLogFile(directory: string, name: string): LogFile {
  const path = join(directory, name);
  try {
    makeDirectories(directory);
    appendFileSync(path, '');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SkyrocketError(
      'BAD_CONFIGURATION',
      `log files cannot be written in ${directory} (${reason}); name another directory with --logdir or logdir:`,
      { cause: error },
    );
  }
  let sinceCheck = checkEveryBytes;
  let failed = false;
  return {
    append(text) {
      if (failed) return;
      try {
        if (sinceCheck >= checkEveryBytes) {
          sinceCheck = 0;
          if (sizeOf(path) > fullBytes) putAside(directory, name);
        }
        sinceCheck += text.length;
        appendFileSync(path, text);
      } catch (error) {
        // A full disk must not end a program whose work goes on elsewhere; standard error goes on.
        failed = true;
        process.stderr.write(`the log file ${path} is given up: ${error}\n`);
      }
    },
  };
}

function putAside(directory: string, name: string): void {
  const moment = new Date().toISOString().replace(/[-:]/g, '').replace('.', '-');
  renameSync(join(directory, name), join(directory, `${name}.${moment}-${process.pid}`));
  const aside = readdirSync(directory)
    .filter((file) => file.startsWith(`${name}.`))
    .sort();
  for (const file of aside.slice(0, -keptFiles)) rmSync(join(directory, file), { force: true });
}

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
