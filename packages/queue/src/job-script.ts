import { SkyrocketError } from '@skyrocket/model/errors';
import type { ScriptForm } from './batch-system.ts';
import type { QueueAdapter } from './queue-adapter.ts';
import { fillTemplate, variablesOf } from './template.ts';

/** What differs from job to job. */
export interface ScriptDetails {
  /** Absolute; `shell`: an expression that the job's shell makes a directory of, in quotes where it needs them. */
  directory: string | { shell: string };
  /** Of a Firework's job: FireWorks' name for it, unless the settings have one. Null: `FW_job`. */
  jobName: string | null;
  /** Added to the command. */
  options: string;
}

/** The script of a job. @throws SkyrocketError BAD_CONFIGURATION for a value that cannot stand in a directive */
export function jobScript(adapter: QueueAdapter, details: ScriptDetails): string {
  const values = new Map(adapter.values);
  values.set('job_name', nameOfJob(adapter, details));
  values.set('rocket_launch', `${adapter.rocketLaunch}${details.options}`);
  const { directory } = details;
  values.set('launch_dir', typeof directory === 'string' ? shellQuoted(directory) : directory.shell);
  if (adapter.template !== null) return fillTemplate(adapter.template, values);
  return `${[...head(adapter, values), '', ...body(values)].join('\n')}\n`;
}

export function nameOfJob(adapter: QueueAdapter, { jobName }: Pick<ScriptDetails, 'jobName'>): string {
  return adapter.values.get('job_name') ?? jobName ?? 'FW_job';
}

function head({ system, directives }: QueueAdapter, values: ReadonlyMap<string, string>): string[] {
  const { interpreter, prefix, last, ...form } = system.script;
  const filled = form.directives
    .filter((directive) => variablesOf(directive).every((name) => values.has(name)))
    .map((directive) => fillTemplate(directive, valuesOf(directive, form.values, values)));
  const all = [...filled, ...directives, ...(last === undefined ? [] : [last])];
  return [
    ...(interpreter === null ? [] : [interpreter]),
    ...all.map((directive) => `${prefix} ${directive}`),
  ];
}

function body(values: ReadonlyMap<string, string>): string[] {
  const part = (name: string) => values.get(name) ?? '';
  const lines = [part('pre_rocket'), `cd ${part('launch_dir')}`, part('rocket_launch'), part('post_rocket')];
  return lines.filter((line) => line !== '');
}

function valuesOf(
  directive: string,
  form: ScriptForm['values'],
  values: ReadonlyMap<string, string>,
): Map<string, string> {
  const names = variablesOf(directive);
  return new Map(names.map((name) => [name, directiveValue(name, values.get(name) ?? '', form)]));
}

/** A value is one word of its directive, whatever is in it, and never begins another line. */
function directiveValue(name: string, value: string, form: ScriptForm['values']): string {
  if (value.includes('\n')) {
    throw new SkyrocketError(
      'BAD_CONFIGURATION',
      `the value of ${name} has several lines, and a directive has one; further directives belong under the key directives`,
    );
  }
  if (form === 'line' || /^[^\s"'\\$`#;]*$/.test(value)) return value;
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** One word of a shell, whatever is in it. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
