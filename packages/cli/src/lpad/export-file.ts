import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { skyrocketVersion } from '@skyrocket/contract/version';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import type { NewWorkflow } from '@skyrocket/model/records';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { newWorkflowFromDocument, newWorkflowToDocument } from '@skyrocket/model/workflow-document';

/**
 * An export: lines of lossless JSON. The first one tells the version of the form and from where it comes, each further one
 * is a Workflow as `lpad dump_wflow` writes it, and the last one tells how many there are, so that a file that was cut off
 * is known.
 */
const formVersion = 1;

/** Writes an export; the file is there only when it is whole. @throws SkyrocketError BAD_FILE */
export async function writeExport(
  path: string,
  from: { launchpad: string; location: string },
  workflows: AsyncIterable<NewWorkflow>,
): Promise<number> {
  const partial = `${path}.partial-${process.pid}`;
  try {
    const count = await writeLines(createWriteStream(partial, { flags: 'wx', flush: true }), from, workflows);
    await rename(partial, path);
    await syncDirectory(dirname(path));
    return count;
  } catch (error) {
    await rm(partial, { force: true });
    throw isSkyrocketError(error) ? error : unusable(path, 'cannot be written', error);
  }
}

async function writeLines(
  stream: WriteStream,
  from: { launchpad: string; location: string },
  workflows: AsyncIterable<NewWorkflow>,
): Promise<number> {
  const failed = new Promise<never>((_resolve, reject) => stream.once('error', reject));
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  const write = async (document: UserMap) => {
    if (!stream.write(`${stringifyJson(document)}\n`)) {
      await Promise.race([failed, new Promise<void>((resolve) => stream.once('drain', () => resolve()))]);
    }
  };
  let count = 0;
  await write(
    new Map<string, UserValue>([
      ['skyrocket_export', formVersion],
      ['launchpad', from.launchpad],
      ['location', from.location],
      ['version', skyrocketVersion],
    ]),
  );
  for await (const workflow of workflows) {
    await write(newWorkflowToDocument(workflow));
    count += 1;
  }
  await write(new Map([['workflows', count]]));
  stream.end();
  await Promise.race([failed, closed]);
  return count;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export interface ExportSource {
  /** The uuid of the launchpad from which it comes. */
  launchpad: string;
  workflows: number;
  /** Above all ids in the file. */
  nextFwId: number;
  nextLaunchId: number;
}

/** Reads a whole export and keeps nothing of it. @throws SkyrocketError BAD_FILE naming the line */
export async function inspectExport(path: string): Promise<ExportSource> {
  const source: ExportSource = { launchpad: '', workflows: 0, nextFwId: 1, nextLaunchId: 1 };
  for await (const entry of readEntries(path)) {
    if (entry.kind === 'head') source.launchpad = entry.launchpad;
    else noteIds(source, entry.workflow);
  }
  return source;
}

function noteIds(source: ExportSource, workflow: NewWorkflow): void {
  source.workflows += 1;
  for (const { fwId, launches, archivedLaunches } of workflow.fireworks) {
    source.nextFwId = Math.max(source.nextFwId, fwId + 1);
    for (const launch of [...launches, ...archivedLaunches]) {
      const id = isUserMap(launch) ? launch.get('launch_id') : null;
      if (typeof id === 'number') source.nextLaunchId = Math.max(source.nextLaunchId, id + 1);
    }
  }
}

/** The Workflows of an export, with how many characters each took. @throws SkyrocketError BAD_FILE naming the line */
export async function* readExport(path: string): AsyncGenerator<{ workflow: NewWorkflow; length: number }> {
  for await (const entry of readEntries(path)) if (entry.kind === 'workflow') yield entry;
}

type Entry =
  | { kind: 'head'; launchpad: string }
  | { kind: 'workflow'; workflow: NewWorkflow; length: number };

async function* readEntries(path: string): AsyncGenerator<Entry> {
  let [line, workflows, ended] = [0, 0, false];
  for await (const text of linesOf(path)) {
    line += 1;
    if (ended) throw broken(path, line, 'nothing may follow the line that counts the Workflows');
    const document = readLine(path, line, text);
    if (line === 1) yield headOf(path, document);
    else if (document.has('fws')) {
      workflows += 1;
      yield { kind: 'workflow', workflow: workflowOf(path, line, document), length: text.length };
    } else if (document.get('workflows') === workflows) ended = true;
    else throw broken(path, line, `${workflows} Workflows stand before, and it should say so`);
  }
  if (!ended)
    throw broken(path, line, 'the file ends here, but an export ends with the number of its Workflows');
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path);
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) yield line;
  } catch (error) {
    throw isSkyrocketError(error) ? error : unusable(path, 'cannot be read', error);
  } finally {
    input.destroy();
  }
}

function readLine(path: string, line: number, text: string): UserMap {
  try {
    const document = parseJson(text);
    if (isUserMap(document)) return document;
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    throw broken(path, line, error.message);
  }
  throw broken(path, line, 'a mapping is expected here');
}

function headOf(path: string, document: UserMap): Entry {
  const [version, launchpad] = [document.get('skyrocket_export'), document.get('launchpad')];
  if (version === formVersion && typeof launchpad === 'string' && launchpad !== '') {
    return { kind: 'head', launchpad };
  }
  if (typeof version === 'number' && version > formVersion) {
    throw broken(
      path,
      1,
      `this export was written by a newer Skyrocket (form ${version}); use that one to read it`,
    );
  }
  throw broken(path, 1, 'this is no export; lpad add reads workflow files');
}

function workflowOf(path: string, line: number, document: UserMap): NewWorkflow {
  try {
    return newWorkflowFromDocument(document);
  } catch (error) {
    throw isSkyrocketError(error) ? broken(path, line, error.message) : error;
  }
}

const broken = (path: string, line: number, what: string) =>
  new SkyrocketError('BAD_FILE', `${path}, line ${line}: ${what}`);

function unusable(path: string, what: string, cause: unknown): SkyrocketError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SkyrocketError('BAD_FILE', `${path} ${what} (${reason})`, { cause });
}
