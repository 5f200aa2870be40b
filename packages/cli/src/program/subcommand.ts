import { skyrocketVersion } from '@skyrocket/contract/version';
import { nearMiss } from '@skyrocket/model/near-miss';
import { type CommandLine, parseWords, type Syntax } from '../command-line/command-line.ts';
import { helpText } from '../command-line/help.ts';
import type { Option, Positional } from '../command-line/option.ts';
import { usageError } from '../command-line/usage-error.ts';
import { commonOptions } from './common-options.ts';
import type { Program } from './run-program.ts';

/** A subcommand: what the module of one exports as `command`. `run` resolves to the exit code. */
export interface Subcommand<Context> {
  options: readonly Option<unknown>[];
  positionals?: readonly Positional<unknown>[];
  /** Of each of these groups at most one may be given. */
  exclusive?: readonly (readonly Option<unknown>[])[];
  run(line: CommandLine, context: Context): Promise<number>;
}

/** A subcommand in the list of its program. Its module is loaded when it is chosen, so that starting stays fast. */
export interface SubcommandEntry<Context> {
  /** The name, then aliases. `admin maintain` is a name of two words. */
  names: readonly [string, ...string[]];
  describe: string;
  load(): Promise<{ command: Subcommand<Context> }>;
}

export interface ProgramSyntax<Context> {
  name: Program['name'];
  describe: string;
  /** Options before the subcommand, `commonOptions` among them. */
  options: readonly Option<unknown>[];
  subcommands: readonly SubcommandEntry<Context>[];
  /** Prepares what subcommands need, when one was chosen and its words were understood. */
  begin(line: CommandLine): Promise<Context>;
  /** Lets go of it, whether the subcommand succeeded or not. */
  end(context: Context): Promise<void>;
}

/**
 * Reads the words of a program and runs the subcommand they name; help and version are printed on standard output.
 * @throws SkyrocketError BAD_USAGE
 */
export async function runSubcommand<Context>(
  program: ProgramSyntax<Context>,
  words: readonly string[],
): Promise<number> {
  const syntax: Syntax = { name: program.name, options: program.options, positionals: [] };
  const { line, help, rest } = parseWords(syntax, words);
  if (line.has(commonOptions.version)) return printText(versionText(program.name));
  const [first = ''] = rest;
  if (help || first === '') return printText(programHelp(program, syntax, program.subcommands));
  const chosen = choose(program, rest);
  if (chosen === null) return printText(programHelp(program, syntax, groupOf(program, first)));
  const { command } = await chosen.entry.load();
  const own: Syntax = {
    name: `${program.name} ${chosen.entry.names[0]}`,
    options: command.options,
    positionals: command.positionals ?? [],
    ...(command.exclusive && { exclusive: command.exclusive }),
    outerOptions: program.options,
  };
  const parsed = parseWords(own, chosen.words);
  if (parsed.help)
    return printText(helpText({ syntax: own, describe: chosen.entry.describe }, textColumns()));
  const [extra] = parsed.rest;
  if (extra !== undefined)
    throw usageError(`${own.name}: "${extra}" is one word too many (see ${own.name} -h)`);
  const context = await program.begin(line);
  try {
    return await command.run(parsed.line, context);
  } finally {
    await program.end(context);
  }
}

interface Chosen<Context> {
  entry: SubcommandEntry<Context>;
  words: string[];
}

/** Null when only help about a group of subcommands (`admin -h`) can be given. */
function choose<Context>(program: ProgramSyntax<Context>, words: string[]): Chosen<Context> | null {
  const [first = '', second = ''] = words;
  const found = (name: string) => program.subcommands.find((entry) => entry.names.includes(name));
  const single = found(first);
  if (single) return { entry: single, words: words.slice(1) };
  const double = found(`${first} ${second}`);
  if (double) return { entry: double, words: words.slice(2) };
  const isGroup = groupOf(program, first).length > 0;
  if (isGroup && (second === '' || second === '-h' || second === '--help')) return null;
  const asked = isGroup ? `${first} ${second}` : first;
  const names = program.subcommands.flatMap((entry) => entry.names);
  const meant = nearMiss(asked, names);
  const hint = meant === null ? `see ${program.name}${isGroup ? ` ${first}` : ''} -h` : `was ${meant} meant?`;
  throw usageError(`${program.name} has no command ${asked} (${hint})`);
}

/** `admin` stands for all commands whose first word it is. */
function groupOf<Context>(program: ProgramSyntax<Context>, word: string): SubcommandEntry<Context>[] {
  return program.subcommands.filter(({ names: [name] }) => name.startsWith(`${word} `));
}

function programHelp<Context>(
  program: ProgramSyntax<Context>,
  syntax: Syntax,
  entries: readonly SubcommandEntry<Context>[],
): string {
  const commands = entries.map((entry) => ({
    term: entry.names.join(', '),
    describe: entry.describe,
  }));
  return helpText({ syntax, describe: program.describe, commands }, textColumns());
}

/** As FireWorks words it. */
export const versionText = (name: Program['name']) =>
  `${name} v${skyrocketVersion} located in ${new URL('../..', import.meta.url).pathname}\n`;

/** No text is made wider than this, however wide the terminal is. */
const widestText = 100;

/** How wide a help text may be. */
export const textColumns = () => Math.min(process.stdout.columns ?? widestText, widestText);

/** Prints on standard output; the exit code is 0. */
export function printText(text: string): number {
  process.stdout.write(text);
  return 0;
}
