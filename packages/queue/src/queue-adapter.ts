import { readFileSync } from 'node:fs';
import { kindOf } from '@skyrocket/model/document-fault';
import type { SkyrocketError } from '@skyrocket/model/errors';
import { nearMiss } from '@skyrocket/model/near-miss';
import { Float, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { BatchSystem, ValueKind } from './batch-system.ts';
import { batchSystems, isQueueType } from './queue-types.ts';
import { variablesOf } from './template.ts';

/** my_qadapter.yaml, read and checked: format §8.1. */
export interface QueueAdapter {
  system: BatchSystem;
  /** The settings as they were given, to which those of a Firework may be added. */
  settings: UserMap;
  /** The user's own template; null: the one of the batch system. */
  template: string | null;
  /** What templates are filled with, by variable. */
  values: Map<string, string>;
  /** Further directives, without their prefix. Ours. */
  directives: string[];
  /** The command that the job runs. */
  rocketLaunch: string;
  /** How long the command that lists jobs may take. */
  timeoutSeconds: number;
  /** Programs to be run instead of the batch system's own. */
  commands: { submit: string[] | null; status: string[] | null };
  logDirectory: string | null;
  /** One sentence each, for keys that mean nothing. */
  warnings: string[];
}

/** Where settings come from. */
export interface AdapterSource {
  /** The error that says where a key stands and what is wrong with it. */
  fault(key: string, sentence: string): SkyrocketError;
  /** The path that a text stands for. */
  fullPath(text: string): string;
}

/** Keys that are no variables of templates. */
const ownKeys = [
  '_fw_name',
  '_fw_q_type',
  '_fw_q_name',
  '_fw_template_file',
  '_fw_timeout',
  '_q_commands_override',
  'rocket_launch',
  'logdir',
  'directives',
];

/** Variables that every script has. */
const commonVariables = ['job_name', 'launch_dir', 'pre_rocket', 'rocket_launch', 'post_rocket'];

/** @throws SkyrocketError BAD_CONFIGURATION naming the key */
export function readQueueAdapter(settings: UserMap, source: AdapterSource): QueueAdapter {
  const keys = settingsReader(settings, source);
  const system = readSystem(settings, source);
  const template = readTemplate(keys.text('_fw_template_file'), source);
  const values = readValues(settings, system, source);
  const rocketLaunch = keys.text('rocket_launch');
  if (!rocketLaunch) {
    throw source.fault('rocket_launch', 'a job needs a command, for example: rlaunch singleshot');
  }
  return {
    ...{ system, settings, template, values, rocketLaunch },
    directives: keys.texts('directives'),
    timeoutSeconds: keys.seconds('_fw_timeout') ?? 5,
    commands: readCommands(settings, source),
    logDirectory: keys.text('logdir'),
    warnings: warningsOf(settings, { system, template }, source),
  };
}

/** The adapter for one Firework: its `_queueadapter` counts before the file. */
export function withSettings(adapter: QueueAdapter, more: UserMap, source: AdapterSource): QueueAdapter {
  return readQueueAdapter(new Map([...adapter.settings, ...more]), source);
}

function readSystem(settings: UserMap, { fault }: AdapterSource): BatchSystem {
  const name = settings.get('_fw_name') ?? 'CommonAdapter';
  if (name !== 'CommonAdapter') {
    throw fault('_fw_name', `"${String(name)}" is no queue adapter here; CommonAdapter is one`);
  }
  const type = settings.get('_fw_q_type') ?? '';
  if (typeof type === 'string' && isQueueType(type)) return batchSystems[type];
  const types = Object.keys(batchSystems);
  const meant = nearMiss(String(type), types);
  const hint = meant === null ? `it is one of ${types.join(', ')}` : `was ${meant} meant?`;
  throw fault('_fw_q_type', `"${String(type)}" is no batch system that is known here (${hint})`);
}

function readTemplate(path: string | null, { fault, fullPath }: AdapterSource): string | null {
  if (path === null) return null;
  try {
    return readFileSync(fullPath(path), 'utf8');
  } catch (error) {
    throw fault('_fw_template_file', `the template cannot be read: ${String(error)}`);
  }
}

function readValues(
  settings: UserMap,
  { script }: BatchSystem,
  { fault }: AdapterSource,
): Map<string, string> {
  const values = new Map<string, string>();
  for (const [key, value] of settings) {
    if (value === null || (ownKeys.includes(key) && key !== 'rocket_launch')) continue;
    const text = textOf(value);
    if (text === null) throw fault(key, `a text or a number is expected here, not ${kindOf(value)}`);
    // A hyphen cannot be in a name of FireWorks' templates: gpu-bind is the same as gpu_bind.
    const name = key.replaceAll('-', '_');
    const wrong = wrongValue(script.kinds[name], text);
    if (wrong !== null) throw fault(key, wrong);
    values.set(name, text);
    values.set(key, text);
  }
  return values;
}

/** As Python prints it. */
function textOf(value: UserValue): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value instanceof Float ? String(value.value) : null;
}

function wrongValue(kind: ValueKind | undefined, text: string): string | null {
  switch (kind) {
    case 'count':
      return /^[1-9]\d*$/.test(text.trim()) ? null : `"${text}" is no number of things, 1 or more`;
    case 'walltime':
      return /^(\d+-)?\d+(:\d{1,2}){0,3}$|^(INFINITE|UNLIMITED)$/i.test(text.trim())
        ? null
        : `"${text}" is no time: minutes, or hours:minutes:seconds in quotes`;
    case undefined:
      return null;
  }
}

function readCommands(settings: UserMap, { fault }: AdapterSource): QueueAdapter['commands'] {
  const override = settings.get('_q_commands_override') ?? null;
  if (override === null) return { submit: null, status: null };
  if (!isUserMap(override)) throw fault('_q_commands_override', 'a mapping is expected here');
  const wordsOf = (key: string) => {
    const command = override.get(key) ?? null;
    if (command === null) return null;
    if (typeof command === 'string' && command.trim() !== '') return command.trim().split(/\s+/);
    throw fault('_q_commands_override', `${key}: a command is expected here`);
  };
  const unknown = [...override.keys()].find((key) => key !== 'submit_cmd' && key !== 'status_cmd');
  if (unknown !== undefined)
    throw fault('_q_commands_override', `${unknown} is neither submit_cmd nor status_cmd`);
  return { submit: wordsOf('submit_cmd'), status: wordsOf('status_cmd') };
}

function warningsOf(
  settings: UserMap,
  { system, template }: { system: BatchSystem; template: string | null },
  { fault }: AdapterSource,
): string[] {
  const variables = template === null ? system.script.directives.flatMap(variablesOf) : variablesOf(template);
  const known = [...ownKeys, ...commonVariables, ...variables];
  const unknown = [...settings.keys()].filter(
    (key) => !known.includes(key.replaceAll('-', '_')) && !known.includes(key),
  );
  return unknown.map((key) => {
    const meant = nearMiss(key, known);
    const hint = meant === null ? 'it stands for nothing in the script' : `was ${meant} meant?`;
    return fault(key, `this key is not known (${hint})`).message;
  });
}

function settingsReader(settings: UserMap, { fault }: AdapterSource) {
  const value = (key: string) => settings.get(key) ?? null;
  return {
    text(key: string): string | null {
      const found = value(key);
      if (found === null || typeof found === 'string') return found;
      throw fault(key, `a text is expected here, not ${kindOf(found)}`);
    },
    texts(key: string): string[] {
      const found = value(key) ?? [];
      return (Array.isArray(found) ? found : [found]).map((item) => {
        if (typeof item === 'string' && !item.includes('\n')) return item;
        throw fault(key, 'a list of texts of one line is expected here');
      });
    },
    seconds(key: string): number | null {
      const found = value(key);
      if (found === null) return null;
      const seconds = found instanceof Float ? found.value : found;
      if (typeof seconds === 'number' && seconds > 0) return seconds;
      throw fault(key, 'a number of seconds is expected here');
    },
  };
}
