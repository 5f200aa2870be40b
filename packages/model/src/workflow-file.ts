import { DocumentFault, type DocumentPath, pathText } from './document-fault.ts';
import { isSkyrocketError, SkyrocketError } from './errors.ts';
import { prepareWorkflow } from './insert.ts';
import { jsonLineFinder } from './json-lines.ts';
import { parseJson, stringifyJson } from './lossless-json.ts';
import { nearMiss } from './near-miss.ts';
import type { NewWorkflow } from './records.ts';
import { checkReservedKeys } from './reserved-keys.ts';
import { builtInTaskNames } from './task-names.ts';
import { isUserMap, type UserMap, type UserValue } from './user-data.ts';
import { newWorkflowFromDocument, newWorkflowToDocument } from './workflow-document.ts';
import { parseYaml, stringifyYaml } from './yaml.ts';
import { yamlLineFinder } from './yaml-document.ts';

export type FileFormat = 'json' | 'yaml';

/** The format that a file's name tells: `.json`, `.yaml` or `.yml`; null for any other. */
export function fileFormat(name: string): FileFormat | null {
  const ending = /\.(json|ya?ml)$/i.exec(name)?.[1]?.toLowerCase();
  return ending === undefined ? null : ending === 'json' ? 'json' : 'yaml';
}

export interface WorkflowText {
  text: string;
  format: FileFormat;
  /** The file's name, for messages. */
  source: string;
  /** Longer texts are refused before they are read. Bytes; default 256 MiB. */
  limitBytes?: number;
}

export interface ReadWorkflow {
  workflow: NewWorkflow;
  /** One sentence each, naming file and line; of very many, the first ones and how many there are. */
  warnings: string[];
}

const defaultLimitBytes = 256 * 1024 * 1024;

/**
 * Reads a workflow file: format §1. What FireWorks accepts and can run is never refused.
 * @throws SkyrocketError BAD_FILE, BAD_WORKFLOW or TOO_LARGE: one sentence with file, line and key
 */
export function readWorkflowFile(file: WorkflowText): ReadWorkflow {
  const limit = file.limitBytes ?? defaultLimitBytes;
  if (Buffer.byteLength(file.text) > limit) {
    throw new SkyrocketError(
      'TOO_LARGE',
      `${file.source} has more than ${Math.floor(limit / 1048576)} MiB: split it, or raise MAX_FILE_MIB in FW_config.yaml`,
    );
  }
  const reading: Reading = { ...file, lineOf: lineFinder(file), warnings: [] };
  const note: Note = (path, sentence) => {
    reading.warnings.push(() => `${placeOf(reading, path)}: ${sentence}`);
  };
  const document = parse(reading);
  try {
    checkTopKeys(document, note);
    const workflow = newWorkflowFromDocument(document, { warn: note });
    checkSpecs(document, workflow, note);
    return { workflow: prepareWorkflow(workflow), warnings: tell(reading) };
  } catch (error) {
    throw located(reading, error);
  }
}

/** A file while it is read. Lines are sought for messages only. */
interface Reading extends WorkflowText {
  lineOf(path: DocumentPath): number | null;
  /** Made into sentences in the end, as far as they are told. */
  warnings: (() => string)[];
}

const lineFinder = ({ text, format }: WorkflowText) =>
  format === 'json' ? jsonLineFinder(text) : yamlLineFinder(text);

/** A file may repeat one mistake in each of its Fireworks. */
const warningsTold = 20;

function tell({ source, warnings }: Reading): string[] {
  const told = warnings.slice(0, warningsTold).map((warning) => warning());
  const left = warnings.length - told.length;
  return left > 0 ? [...told, `${source}: and ${left} more warnings of this kind`] : told;
}

function parse({ source, text, format, warnings }: Reading): UserValue {
  if (format === 'yaml') return parseYaml(text, { source });
  return parseJson(text, {
    source,
    onDuplicateKey: (key, line) =>
      warnings.push(() => `${source}, line ${line()}: the key "${key}" stands twice; the last one counts`),
  });
}

function placeOf({ source, lineOf }: Reading, path: DocumentPath): string {
  const line = path.length === 0 ? null : lineOf(path);
  const place = line === null ? source : `${source}, line ${line}`;
  return path.length === 0 ? place : `${place}, ${pathText(path)}`;
}

function located(reading: Reading, error: unknown): unknown {
  if (error instanceof DocumentFault) {
    return new SkyrocketError(error.code, `${placeOf(reading, error.path)}: ${error.sentence}`);
  }
  return isSkyrocketError(error)
    ? new SkyrocketError(error.code, `${reading.source}: ${error.message}`)
    : error;
}

type Note = (path: DocumentPath, sentence: string) => void;

const workflowKeys = ['fws', 'links', 'metadata', 'name', 'created_on', 'updated_on'];
const fireworkKeys = [
  'spec',
  'fw_id',
  'name',
  'state',
  'created_on',
  'updated_on',
  'launches',
  'archived_launches',
];
/** Written by FireWorks beside the ones it reads. */
const silentKeys = new Set([
  'state',
  'fw_states',
  'parent_links',
  'nodes',
  '_fw_name',
  '@module',
  '@class',
  '@version',
  'reservation',
]);

function checkTopKeys(document: UserValue, note: Note): void {
  if (!isUserMap(document)) return;
  if (!document.has('fws') && !document.has('spec') && isMeantAsWorkflow(document)) {
    checkKeys(document, { known: workflowKeys, required: ['fws'] }, [], note);
    throw new DocumentFault('BAD_WORKFLOW', [], 'a Workflow needs the key "fws", a list of Fireworks');
  }
  if (!document.has('fws')) {
    checkKeys(document, { known: fireworkKeys, required: ['spec'] }, [], note);
    return;
  }
  checkKeys(document, { known: workflowKeys, required: ['links', 'metadata'] }, [], note);
  const fireworks = document.get('fws');
  if (!Array.isArray(fireworks)) return;
  fireworks.forEach((firework, i) => {
    if (isUserMap(firework))
      checkKeys(firework, { known: fireworkKeys, required: ['spec'] }, ['fws', i], note);
  });
}

function isMeantAsWorkflow(document: UserMap): boolean {
  return document.has('links') || [...document.keys()].some((key) => nearMiss(key, ['fws']) !== null);
}

/** A near miss of a required key that is absent is a mistake for sure; another unknown key is only told. */
function checkKeys(
  map: UserMap,
  keys: { known: string[]; required: string[] },
  path: DocumentPath,
  note: Note,
): void {
  for (const key of map.keys()) {
    if (keys.known.includes(key) || silentKeys.has(key)) continue;
    const meant = nearMiss(key, keys.known);
    if (meant !== null && keys.required.includes(meant) && !map.has(meant)) {
      throw new DocumentFault(
        'BAD_WORKFLOW',
        [...path, key],
        `this key is not known and "${meant}" is missing: was "${meant}" meant?`,
      );
    }
    note(
      [...path, key],
      `this key is not known and has no effect${meant === null ? '' : ` (was "${meant}" meant?)`}`,
    );
  }
}

function checkSpecs(document: UserValue, workflow: NewWorkflow, note: Note): void {
  const single = isUserMap(document) && !document.has('fws');
  workflow.fireworks.forEach((firework, i) => {
    const path: DocumentPath = single ? ['spec'] : ['fws', i, 'spec'];
    checkReservedKeys(firework.spec, path);
    const tasks = firework.spec.get('_tasks');
    if (!Array.isArray(tasks)) return;
    for (const [t, task] of tasks.entries()) checkTaskName(task, [...path, '_tasks', t], note);
  });
}

function checkTaskName(task: UserValue, path: DocumentPath, note: Note): void {
  const name = isUserMap(task) ? task.get('_fw_name') : undefined;
  if (typeof name !== 'string') {
    throw new DocumentFault(
      'BAD_WORKFLOW',
      path,
      'a Firetask is a mapping with the key "_fw_name", the name of its class',
    );
  }
  if (builtInTaskNames.has(name) || name.includes('{{') || name.includes(':')) return;
  const meant = nearMiss(name, builtInTaskNames);
  if (meant !== null)
    note(
      [...path, '_fw_name'],
      `"${name}" is no built-in Firetask (was "${meant}" meant?); it will be sought as a Python Firetask`,
    );
}

/** The text of a workflow file as FireWorks writes it: JSON with indent 4, or YAML in block style. */
export function writeWorkflowFile(workflow: NewWorkflow, format: FileFormat): string {
  const document = newWorkflowToDocument(workflow);
  return format === 'json' ? `${stringifyJson(document, 4)}\n` : stringifyYaml(document);
}
