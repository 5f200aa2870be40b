import { usageError } from './usage-error.ts';

/**
 * An option or a positional argument of a command. It is declared once, and a handler asks the parsed line for its
 * value by that declaration.
 */
export interface Argument<T> {
  /** What stands for it in help and messages: `FW_ID`. Empty for a switch. */
  metavar: string;
  arity: Arity;
  describe: string;
  /** The value of the words that were given; of null when it was not given. @throws SkyrocketError BAD_USAGE */
  read(words: readonly string[] | null): T;
}

/** How many words an argument takes: `any` may be none, `some` at least one. */
export type Arity = 'none' | 'one' | 'any' | 'some';

export interface Option<T> extends Argument<T> {
  /** As they are typed: `-i`, `--fw_id`, `-wfi`. */
  flags: readonly string[];
}

export interface Positional<T> extends Argument<T> {
  name: string;
}

type Naming = { flags: string | readonly string[]; metavar?: string; describe: string };

const named = (naming: Naming) => ({
  flags: typeof naming.flags === 'string' ? naming.flags.split(' ') : naming.flags,
  metavar: naming.metavar ?? '',
  describe: naming.describe,
});

/** `-i/--fw_id`, as messages name an option. */
export const optionName = (option: Option<unknown>) => option.flags.join('/');

export function flag(flags: string, describe: string): Option<boolean> {
  return { ...named({ flags, describe }), arity: 'none', read: (words) => words !== null };
}

export function text(flags: string, metavar: string, describe: string): Option<string | null> {
  return { ...named({ flags, metavar, describe }), arity: 'one', read: (words) => words?.[0] ?? null };
}

export function texts(
  flags: string,
  metavar: string,
  more: { describe: string; arity: 'any' | 'some' },
): Option<string[] | null> {
  const { describe, arity } = more;
  return {
    ...named({ flags, metavar, describe }),
    arity,
    read: (words) => (words === null ? null : [...words]),
  };
}

/** An integer of at least `minimum`; `fallback` when the option is absent. */
export function integer<F extends number | null>(
  flags: string,
  metavar: string,
  more: { describe: string; fallback: F; minimum?: number },
): Option<number | F> {
  const { describe, fallback, minimum = 0 } = more;
  return {
    ...named({
      flags,
      metavar,
      describe: fallback === null ? describe : `${describe} (default: ${fallback})`,
    }),
    arity: 'one',
    read: (words) =>
      words?.[0] === undefined ? fallback : readInteger(words[0], flags.replaceAll(' ', '/'), minimum),
  };
}

export function integers(flags: string, metavar: string, describe: string): Option<number[] | null> {
  return {
    ...named({ flags, metavar, describe }),
    arity: 'some',
    read: (words) => words?.map((word) => readInteger(word, flags.replaceAll(' ', '/'), 0)) ?? null,
  };
}

/** Comma-separated integers, as `-i` takes them: `1,2,5`. */
export function integerList(flags: string, metavar: string, describe: string): Option<number[] | null> {
  return {
    ...named({ flags, metavar, describe }),
    arity: 'one',
    read: (words) =>
      words?.[0]
        ?.split(',')
        .filter((word, i, all) => word.trim() !== '' || i < all.length - 1)
        .map((word) => readInteger(word.trim(), flags.replaceAll(' ', '/'), Number.NEGATIVE_INFINITY)) ??
      null,
  };
}

/** One of these words, in any case; help lists them. */
export function choice<Word extends string>(
  flags: string,
  words: readonly Word[],
  describe: string,
): Option<Word | null> {
  return {
    ...named({ flags, metavar: longName(flags), describe: `${describe}; one of ${words.join(', ')}` }),
    arity: 'one',
    read: (given) =>
      given?.[0] === undefined ? null : readWord(given[0], flags.replaceAll(' ', '/'), words),
  };
}

/** `--display_format` stands for its value as DISPLAY_FORMAT. */
const longName = (flags: string) => (flags.split(' ').at(-1) ?? flags).replace(/^-+/, '').toUpperCase();

export function words(name: string, more: { describe: string; arity: 'any' | 'some' }): Positional<string[]> {
  return { name, metavar: name, ...more, read: (given) => [...(given ?? [])] };
}

export function oneWord(name: string, describe: string): Positional<string> {
  return { name, metavar: name, describe, arity: 'one', read: (given) => given?.[0] ?? '' };
}

export function integerArgument(
  name: string,
  describe: string,
  minimum = Number.NEGATIVE_INFINITY,
): Positional<number> {
  return {
    name,
    metavar: name,
    describe,
    arity: 'one',
    read: (given) => readInteger(given?.[0] ?? '', name, minimum),
  };
}

/** What an integer is read from must be one for sure: `1e3`, `0x10` and `5 ` are refused. */
function readInteger(word: string, name: string, minimum: number): number {
  const value = Number(word);
  if (!/^[+-]?\d+$/.test(word)) throw usageError(`${name}: "${word}" is not an integer`);
  if (!Number.isSafeInteger(value)) throw usageError(`${name}: ${word} is out of range`);
  if (value < minimum) throw usageError(`${name}: ${word} is less than ${minimum}`);
  return value;
}

function readWord<Word extends string>(word: string, name: string, words: readonly Word[]): Word {
  const found = words.find((candidate) => candidate.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return found;
  throw usageError(`${name}: "${word}" is none of ${words.join(', ')}`);
}
