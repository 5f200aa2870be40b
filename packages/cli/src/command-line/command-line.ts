import { nearMiss } from '@skyrocket/model/near-miss';
import { type Argument, type Option, optionName, type Positional } from './option.ts';
import { usageError } from './usage-error.ts';

/** What a program or a subcommand takes on its command line. */
export interface Syntax {
  /** As the user types it: `lpad get_fws`. */
  name: string;
  options: readonly Option<unknown>[];
  positionals: readonly Positional<unknown>[];
  /** Of each of these groups at most one may be given. */
  exclusive?: readonly (readonly Option<unknown>[])[];
  /** Options of the program, which stand before the subcommand; only for messages. */
  outerOptions?: readonly Option<unknown>[];
}

/** A command line that was understood. Values are asked for by the argument's declaration. */
export class CommandLine {
  readonly #words: ReadonlyMap<Argument<unknown>, readonly string[]>;

  constructor(words: ReadonlyMap<Argument<unknown>, readonly string[]>) {
    this.#words = words;
  }

  has(argument: Argument<unknown>): boolean {
    return this.#words.has(argument);
  }

  value<T>(argument: Argument<T>): T {
    return argument.read(this.#words.get(argument) ?? null);
  }
}

export interface ParsedWords {
  line: CommandLine;
  /** `-h` or `--help` was given; nothing else was checked then. */
  help: boolean;
  /** From the first positional word on, where the syntax has no positionals. */
  rest: string[];
}

const helpFlags = ['-h', '--help'];

/**
 * Reads words as Python's argparse does: `--name value`, `--name=value`, any unambiguous prefix of a long option,
 * `-n value`, `-nvalue`, switches of one letter joined (`-dc`), `--` before words that begin with a hyphen;
 * `-1` is a number. The last of an option given twice counts.
 * @throws SkyrocketError BAD_USAGE
 */
export function parseWords(syntax: Syntax, words: readonly string[]): ParsedWords {
  const state: State = { syntax, words, at: 0, given: new Map(), free: [] };
  const takesWords = syntax.positionals.length > 0;
  while (state.at < words.length) {
    const word = words[state.at] ?? '';
    if (word === '--') {
      state.free.push(...words.slice(state.at + 1));
      break;
    }
    if (!looksLikeOption(word)) {
      if (!takesWords) break;
      state.free.push(word);
      state.at++;
      continue;
    }
    if (takeOption(state, word) === 'help') return { line: new CommandLine(new Map()), help: true, rest: [] };
  }
  if (takesWords) dealOut(state);
  const line = new CommandLine(state.given);
  check(syntax, line);
  return { line, help: false, rest: takesWords ? [] : words.slice(state.at) };
}

interface State {
  syntax: Syntax;
  words: readonly string[];
  at: number;
  given: Map<Argument<unknown>, readonly string[]>;
  /** Words that belong to no option. */
  free: string[];
}

function looksLikeOption(word: string): boolean {
  return word.startsWith('-') && word !== '-' && !/^-(\d+|\d*\.\d+)$/.test(word) && !word.includes(' ');
}

function takeOption(state: State, word: string): 'help' | 'taken' {
  if (helpFlags.includes(word)) return 'help';
  const found = findOption(state.syntax, word);
  state.at++;
  if (found === 'help') return 'help';
  const { option, attached } = found;
  if (option.arity === 'none') {
    takeSwitch(state, option, attached);
    return 'taken';
  }
  const limit = option.arity === 'one' ? 1 : Number.POSITIVE_INFINITY;
  const values = attached === null ? [] : [attached];
  while (attached === null && values.length < limit && state.at < state.words.length) {
    const next = state.words[state.at] ?? '';
    if (looksLikeOption(next)) break;
    values.push(next);
    state.at++;
  }
  if (values.length === 0 && option.arity !== 'any') {
    throw usageError(`${state.syntax.name}: ${optionName(option)} needs a value (${option.metavar})`);
  }
  state.given.set(option, values);
  return 'taken';
}

/** `-dc` is `-d -c` when `-d` takes no value. */
function takeSwitch(state: State, option: Option<unknown>, attached: string | null): void {
  state.given.set(option, []);
  if (attached === null) return;
  const word = state.words[state.at - 1] ?? '';
  if (word.startsWith('--'))
    throw usageError(`${state.syntax.name}: ${optionName(option)} takes no value, and ${word} gives it one`);
  const words = [`-${attached}`, ...state.words.slice(state.at)];
  const inner = { ...state, words, at: 0 };
  if (takeOption(inner, `-${attached}`) === 'help')
    throw usageError(`${state.syntax.name}: ${word} is no option`);
  state.at += inner.at - 1;
}

type Found = 'help' | { option: Option<unknown>; attached: string | null };

function findOption(syntax: Syntax, word: string): Found {
  const [head = word, attached] = splitAtEquals(word);
  const exact = syntax.options.find((option) => option.flags.includes(word));
  if (exact) return { option: exact, attached: null };
  const named = syntax.options.find((option) => option.flags.includes(head));
  if (named && attached !== undefined) return { option: named, attached };
  return findByPrefix(syntax, word, { head, attached: attached ?? null });
}

function splitAtEquals(word: string): [string, string?] {
  const at = word.indexOf('=');
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

function findByPrefix(syntax: Syntax, word: string, parts: { head: string; attached: string | null }): Found {
  const { head, attached } = parts;
  const matches: { flag: string; found: Found }[] = [];
  for (const option of syntax.options) {
    for (const flag of option.flags) {
      if (flag.startsWith(head)) matches.push({ flag, found: { option, attached } });
      else if (flag.length === 2 && !word.startsWith('--') && word.startsWith(flag))
        matches.push({ flag, found: { option, attached: word.slice(2).replace(/^=/, '') } });
    }
  }
  if (head.length > 2 && '--help'.startsWith(head)) matches.push({ flag: '--help', found: 'help' });
  const [first, second] = matches;
  if (!first) throw unknownOption(syntax, head);
  if (second) {
    const flags = matches.map((match) => match.flag).join(', ');
    throw usageError(`${syntax.name}: ${head} may mean ${flags}; write more of it`);
  }
  return first.found;
}

function unknownOption(syntax: Syntax, word: string) {
  const outer = syntax.outerOptions?.find((option) => option.flags.includes(word));
  if (outer) {
    const [program] = syntax.name.split(' ');
    return usageError(`${syntax.name}: ${word} is an option of ${program} and stands before the subcommand`);
  }
  const flags = syntax.options.flatMap((option) => option.flags);
  const meant = nearMiss(word, flags);
  const hint = meant === null ? `see ${syntax.name} -h` : `was ${meant} meant?`;
  return usageError(`${syntax.name}: there is no option ${word} (${hint})`);
}

/** Gives the free words to the positionals, in order; the one that takes several gets what the others leave. */
function dealOut(state: State): void {
  const { positionals, name } = state.syntax;
  let left = state.free;
  for (const [i, positional] of positionals.entries()) {
    const later = positionals.length - i - 1;
    const count = positional.arity === 'one' ? 1 : Math.max(left.length - later, 0);
    const words = left.slice(0, count);
    left = left.slice(count);
    if (words.length === 0 && positional.arity !== 'any')
      throw usageError(`${name}: ${positional.name} is missing (see ${name} -h)`);
    state.given.set(positional, words);
  }
  if (left.length > 0) throw usageError(`${name}: "${left[0]}" is one word too many (see ${name} -h)`);
}

function check(syntax: Syntax, line: CommandLine): void {
  for (const group of syntax.exclusive ?? []) {
    const [first, second] = group.filter((option) => line.has(option));
    if (first && second) {
      throw usageError(`${syntax.name}: ${optionName(first)} and ${optionName(second)} exclude each other`);
    }
  }
  for (const argument of [...syntax.options, ...syntax.positionals]) {
    if (line.has(argument)) inContext(syntax.name, () => line.value(argument));
  }
}

/** Values are read once here, so that a bad one is told before anything is done. */
function inContext(name: string, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    throw error instanceof Error ? usageError(`${name}: ${error.message}`) : error;
  }
}
