import { stringifyJson } from '@skyrocket/model/lossless-json';
import type { UserValue } from '@skyrocket/model/user-data';

/** How results are printed. `table` is for a person at a terminal; the others are FireWorks' own shapes. */
export type OutputFormat = 'json' | 'yaml' | 'table';

/** What was asked for wins; else a terminal gets tables and everything else JSON, as from FireWorks. */
export function outputFormat(asked: 'json' | 'yaml' | null): OutputFormat {
  return asked ?? (process.stdout.isTTY ? 'table' : 'json');
}

/** Prints a result on standard output: JSON with indent 4 or YAML in block style. Numbers keep their kind. */
export async function printDocument(value: UserValue, format: OutputFormat): Promise<void> {
  if (format !== 'yaml') {
    printText(`${stringifyJson(value, 4)}\n`);
    return;
  }
  const { stringifyYaml } = await import('@skyrocket/model/yaml');
  printText(stringifyYaml(value));
}

/** Writes a result on standard output; logs never go there. */
export function printText(text: string): void {
  process.stdout.write(text);
}

/** FireWorks' shape of several results: nothing is `[]`, one stands bare, several are a list. */
export function bareIfOne(values: UserValue[]): UserValue {
  const [first, second] = values;
  return first !== undefined && second === undefined ? first : values;
}
