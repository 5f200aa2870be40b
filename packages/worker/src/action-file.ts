import { readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '@skyrocket/contract/system-error';
import type { FWAction } from '@skyrocket/model/action';
import { SkyrocketError } from '@skyrocket/model/errors';
import { parseJson } from '@skyrocket/model/lossless-json';
import type { UserValue } from '@skyrocket/model/user-data';
import { readReturnedAction } from './returned-action.ts';

/**
 * The files by which a task in any language gives an action: format §7.1. Each file is applied once: it is renamed to
 * `FWAction.json.task-<index>` when it has been read, and what lies there before the first task is put aside.
 */
export const actionFileNames = ['FWAction.json', 'FWAction.yaml'] as const;

/** As much as a captured output: what is larger is no description of what to do next. */
const largestBytes = 64 * 1024 * 1024;

/** Renames what an earlier run has left to `FWAction.json.stale`. Returns the names of what there was. */
export async function setAsideActionFiles(launchDir: string): Promise<string[]> {
  const present: string[] = [];
  for (const name of actionFileNames) {
    if (await moveIfPresent(join(launchDir, name), 'stale')) present.push(name);
  }
  return present;
}

/**
 * The action that the task before wrote, null when it wrote none; of two files the JSON one. A broken file stays where
 * it is, for its author.
 * @throws SkyrocketError BAD_ACTION or BAD_FILE naming the file and the line or key
 */
export async function takeActionFile(launchDir: string, taskIndex: number): Promise<FWAction | null> {
  for (const name of actionFileNames) {
    const text = await readActionText(join(launchDir, name));
    if (text === null) continue;
    const source = join(launchDir, name);
    const action = readReturnedAction(await parse(name, text, source), source, 'allowed unless misspelt');
    for (const used of actionFileNames) await moveIfPresent(join(launchDir, used), `task-${taskIndex}`);
    return action;
  }
  return null;
}

async function parse(
  name: (typeof actionFileNames)[number],
  text: string,
  source: string,
): Promise<UserValue> {
  if (name === 'FWAction.json') return parseJson(text, { source });
  const { parseYaml } = await import('@skyrocket/model/yaml');
  return parseYaml(text, { source });
}

async function readActionText(path: string): Promise<string | null> {
  const found = await stat(path).catch(absent);
  if (!found) return null;
  if (!found.isFile()) throw new SkyrocketError('BAD_ACTION', `${path} is not a file`);
  if (found.size > largestBytes)
    throw new SkyrocketError(
      'BAD_ACTION',
      `${path} is larger than 64 MiB; store data in files and pass their names`,
    );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (isSystemError(error, 'ERR_ENCODING_INVALID_ENCODED_DATA'))
      throw new SkyrocketError('BAD_ACTION', `${path} is not UTF-8 text`, { cause: error });
    throw error;
  }
}

async function moveIfPresent(path: string, suffix: string): Promise<boolean> {
  try {
    await rename(path, `${path}.${suffix}`);
    return true;
  } catch (error) {
    absent(error);
    return false;
  }
}

function absent(error: unknown): null {
  if (isSystemError(error, 'ENOENT')) return null;
  throw error;
}
