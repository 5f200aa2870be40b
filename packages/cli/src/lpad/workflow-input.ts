import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Log } from '@skyrocket/contract/log';
import { systemErrorCode } from '@skyrocket/contract/system-error';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { NewWorkflow } from '@skyrocket/model/records';
import { type FileFormat, fileFormat, readWorkflowFile } from '@skyrocket/model/workflow-file';

export interface InputSettings {
  /** MAX_FILE_MIB. */
  maxFileMebibytes: number;
  log: Log;
}

/** JavaScript cannot hold longer texts. */
const longestTextMebibytes = 511;

/**
 * Reads one workflow file, `-` for standard input; warnings go to the log.
 * @throws SkyrocketError BAD_FILE, BAD_WORKFLOW, TOO_LARGE: one sentence with file, line and key
 */
export async function readWorkflowInput(path: string, settings: InputSettings): Promise<NewWorkflow> {
  const source = path === '-' ? 'standard input' : path;
  const format = fileFormat(path);
  const mebibytes = Math.min(settings.maxFileMebibytes, longestTextMebibytes);
  const text = await readText(path, { source, mebibytes });
  if (format === null && path !== '-') throw noFormat(path);
  const { workflow, warnings } = readWorkflowFile({
    text,
    format: format ?? formatOfText(text),
    source,
    limitBytes: mebibytes * 1024 * 1024,
  });
  for (const warning of warnings) settings.log.warn(warning);
  return workflow;
}

/** @throws SkyrocketError BAD_FILE */
export function formatOf(path: string): FileFormat {
  const format = fileFormat(path);
  if (format !== null) return format;
  throw noFormat(path);
}

const noFormat = (path: string) =>
  new SkyrocketError(
    'BAD_FILE',
    `${path}: a workflow file is told by its ending; name it .json, .yaml or .yml`,
  );

/** Standard input has no ending. What begins like JSON is read as JSON, which is much faster. */
const formatOfText = (text: string): FileFormat => (/^\s*\{\s*["}]/.test(text) ? 'json' : 'yaml');

interface Source {
  source: string;
  mebibytes: number;
}

async function readText(path: string, from: Source): Promise<string> {
  const bytes = (path === '-' ? null : readSmallFile(path)) ?? (await readAll(path, from));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SkyrocketError('BAD_FILE', `${from.source} is no text in UTF-8`, { cause });
  }
}

const smallBytes = 65_536;
const small = Buffer.allocUnsafe(smallBytes);

/**
 * At once, since waiting for the system's answers takes most of the time of a directory of small files. Null for what is
 * large, no regular file, or cannot be read.
 */
function readSmallFile(path: string): Buffer | null {
  let file: number | null = null;
  try {
    if (!statSync(path).isFile()) return null;
    file = openSync(path, 'r');
    const length = readSync(file, small, 0, smallBytes, 0);
    return length < smallBytes ? small.subarray(0, length) : null;
  } catch {
    // Reading it in the other way fails too, and tells why.
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Reads no more than the limit, so that an endless input cannot fill the memory. */
async function readAll(path: string, { source, mebibytes }: Source): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readable(path, source)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mebibytes * 1024 * 1024) {
      throw new SkyrocketError(
        'TOO_LARGE',
        `${source} has more than ${mebibytes} MiB: split it, or raise MAX_FILE_MIB in FW_config.yaml`,
      );
    }
  }
  return Buffer.concat(chunks);
}

async function* readable(path: string, source: string): AsyncGenerator<Buffer> {
  const stream: Readable = path === '-' ? process.stdin : createReadStream(path);
  try {
    for await (const chunk of stream) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
  } catch (cause) {
    throw unreadable(source, cause);
  }
}

/** The workflow files in a directory, by name; what else is there is passed over and told. @throws SkyrocketError BAD_FILE */
export async function workflowFilesIn(directory: string, log: Log): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadable(directory, cause);
  });
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    // A link that leads nowhere is no file.
    const isFile = entry.isFile() || (await stat(path).catch(() => null))?.isFile();
    if (fileFormat(entry.name) === null)
      log.warn(`${path} is passed over: it is no file that ends in .json, .yaml or .yml`);
    else if (isFile) files.push(path);
    else log.warn(`${path} is passed over: it is no file, nor a link to one`);
  }
  if (files.length > 0) return files;
  throw new SkyrocketError('BAD_FILE', `${directory} holds no workflow file (.json, .yaml, .yml)`);
}

function unreadable(source: string, cause: unknown): SkyrocketError {
  const code = systemErrorCode(cause);
  const reason =
    code === 'ENOENT'
      ? 'does not exist'
      : code === 'EISDIR'
        ? 'is a directory (lpad add -d adds the files in it)'
        : code === 'ENOTDIR'
          ? 'is no directory'
          : `cannot be read (${cause instanceof Error ? cause.message : cause})`;
  return new SkyrocketError('BAD_FILE', `${source} ${reason}`, { cause });
}
