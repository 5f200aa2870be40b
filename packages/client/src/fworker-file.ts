import { checkQuery } from '@skyrocket/model/check-query';
import { SkyrocketError } from '@skyrocket/model/errors';
import { parseJson } from '@skyrocket/model/lossless-json';
import { nearMiss } from '@skyrocket/model/near-miss';
import type { FWorker } from '@skyrocket/model/records';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';
import { fullPath, type Surroundings } from './config-search.ts';
import { readSettingsFile, type SettingsFile } from './settings-file.ts';

/** my_fworker.yaml: FireWorks' keys (format §6), and ours: `python`, `python_start`. */
export interface FWorkerFile {
  fworker: FWorker;
  /** The interpreter that runs Python Firetasks: a path, or a name that is sought on PATH. */
  python: string;
  /** Whether the Python processes are forked from a kept interpreter (fast) or started anew (CUDA, MPI, macOS). */
  pythonStart: 'fork' | 'spawn';
  warnings: string[];
}

/** The worker of those who have no my_fworker.yaml. */
export function defaultFWorkerFile(): FWorkerFile {
  const fworker = {
    name: 'Automatically generated Worker',
    category: '',
    query: new Map(),
    env: new Map(),
  };
  return { fworker, python: 'python3', pythonStart: defaultPythonStart(), warnings: [] };
}

/** Forking is not safe on macOS once system libraries are loaded. */
const defaultPythonStart = () => (process.platform === 'darwin' ? 'spawn' : 'fork');

/** @throws SkyrocketError BAD_CONFIGURATION naming file, line and key */
export async function readFWorkerFile(path: string, surroundings: Surroundings): Promise<FWorkerFile> {
  const file = await readSettingsFile(path);
  for (const key of ['name', 'category', 'query']) requireKey(file, key);
  const python = file.text('python') ?? 'python3';
  const read = {
    fworker: {
      name: file.text('name') ?? '',
      category: readCategory(file),
      query: readWorkerQuery(file),
      env: file.map('env') ?? new Map(),
    },
    python: /[/~$]/.test(python) ? fullPath(python, surroundings) : python,
    pythonStart: file.word('python_start', ['fork', 'spawn']) ?? defaultPythonStart(),
  };
  return { ...read, warnings: keyWarnings(file) };
}

function requireKey(file: SettingsFile, key: string): void {
  if (file.has(key)) return;
  const empty = key === 'query' ? "'{}'" : "''";
  throw new SkyrocketError(
    'BAD_CONFIGURATION',
    `${file.path}: a worker needs the key "${key}" (for none: ${key}: ${empty})`,
  );
}

function readCategory(file: SettingsFile): string | string[] {
  return Array.isArray(file.value('category'))
    ? (file.texts('category') ?? [])
    : (file.text('category') ?? '');
}

/** JSON in a text, as FireWorks has it; a mapping is understood too. */
function readWorkerQuery(file: SettingsFile): UserMap {
  const value = file.value('query');
  const query = typeof value === 'string' ? parseQuery(file, value) : value;
  if (!isUserMap(query)) throw file.fault('query', `a mapping in JSON is expected here, for example '{}'`);
  try {
    checkQuery(query);
  } catch (error) {
    throw file.fault('query', error instanceof Error ? error.message : String(error));
  }
  return query;
}

function parseQuery(file: SettingsFile, text: string) {
  try {
    return parseJson(text.trim() || '{}', { source: 'the query' });
  } catch (error) {
    throw file.fault('query', error instanceof Error ? error.message : String(error));
  }
}

function keyWarnings(file: SettingsFile): string[] {
  return file.unread().map((key) => {
    const meant = nearMiss(key, file.asked());
    return `${file.path}: the key ${key} is not known${meant === null ? '' : ` (was ${meant} meant?)`}`;
  });
}
