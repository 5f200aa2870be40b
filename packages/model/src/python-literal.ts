import { SkyrocketError } from './errors.ts';
import { float, integer, type UserMap, type UserValue } from './user-data.ts';

/**
 * Reads what Python's `ast.literal_eval` reads: dicts, lists, tuples and sets (both become lists), texts in any quotes,
 * numbers, True, False and None. JSON's true, false, null, NaN and Infinity are taken too.
 * @throws SkyrocketError BAD_QUERY naming the column.
 */
export function parsePythonLiteral(text: string): UserValue {
  const reader: Reader = { text, at: 0, depth: 0 };
  const value = readValue(reader);
  skipBlanks(reader);
  if (reader.at < text.length) throw fail(reader, 'nothing may follow the value');
  return value;
}

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
}

const depthLimit = 200;

function fail(reader: Reader, what: string): SkyrocketError {
  return new SkyrocketError('BAD_QUERY', `column ${reader.at + 1}: ${what}`);
}

function readValue(reader: Reader): UserValue {
  skipBlanks(reader);
  if (++reader.depth > depthLimit) throw fail(reader, `values are nested more than ${depthLimit} deep`);
  const value = readOne(reader);
  reader.depth--;
  return value;
}

function readOne(reader: Reader): UserValue {
  switch (reader.text[reader.at]) {
    case '{':
      return readBraces(reader);
    case '[':
      return readItems(reader, ']').items;
    case '(':
      return readParentheses(reader);
    default:
      return readTexts(reader) ?? readWord(reader);
  }
}

/** `(1)` is 1 and `(1,)` a tuple. */
function readParentheses(reader: Reader): UserValue {
  const { items, commas } = readItems(reader, ')');
  const [only] = items;
  return commas === 0 && only !== undefined ? only : items;
}

function readItems(reader: Reader, end: string): { items: UserValue[]; commas: number } {
  const items: UserValue[] = [];
  let commas = 0;
  reader.at++;
  while (!passes(reader, end)) {
    if (items.length > commas) throw fail(reader, `a comma or ${end} is expected`);
    items.push(readValue(reader));
    if (passes(reader, ',')) commas++;
  }
  return { items, commas };
}

/** A dict, or a set when its first element has no colon. */
function readBraces(reader: Reader): UserMap | UserValue[] {
  const start = reader.at;
  const map: UserMap = new Map();
  reader.at++;
  while (!passes(reader, '}')) {
    const keyAt = reader.at;
    const key = readValue(reader);
    if (!passes(reader, ':')) {
      if (map.size > 0) throw fail(reader, 'a colon is expected after the key');
      reader.at = start;
      return readItems(reader, '}').items;
    }
    if (typeof key !== 'string') {
      reader.at = keyAt;
      throw fail(reader, 'a key is a text in quotes');
    }
    map.set(key, readValue(reader));
    if (!passes(reader, ',') && !startsWith(reader, '}')) throw fail(reader, 'a comma or } is expected');
  }
  return map;
}

const opening = /([rRuU]?)('''|"""|'|")/y;

/** Texts that stand beside each other are one text. Null when none stands here. */
function readTexts(reader: Reader): string | null {
  let value: string | null = null;
  for (;;) {
    skipBlanks(reader);
    opening.lastIndex = reader.at;
    const match = opening.exec(reader.text);
    if (!match) return value;
    const [all, prefix = '', quote = ''] = match;
    reader.at += all.length;
    value = (value ?? '') + readQuoted(reader, { quote, raw: prefix.toLowerCase() === 'r' });
  }
}

function readQuoted(reader: Reader, { quote, raw }: { quote: string; raw: boolean }): string {
  const { text } = reader;
  let value = '';
  for (;;) {
    if (text.startsWith(quote, reader.at)) {
      reader.at += quote.length;
      return value;
    }
    const character = text[reader.at];
    if (character === undefined || (character === '\n' && quote.length === 1))
      throw fail(reader, 'a text is not closed');
    if (character !== '\\') {
      value += character;
      reader.at++;
    } else if (raw) {
      value += text.slice(reader.at, reader.at + 2);
      reader.at += 2;
    } else {
      value += readEscape(reader);
    }
  }
}

const escapeForm =
  /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U(0010[\da-fA-F]{4}|000[\da-fA-F]{5})|([^xuUN]))/suy;
const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['\n', ''],
]);

function readEscape(reader: Reader): string {
  escapeForm.lastIndex = reader.at;
  const match = escapeForm.exec(reader.text);
  if (!match) throw fail(reader, 'this escape is not known');
  const [all, octal, byte, short, long, letter] = match;
  reader.at += all.length;
  if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
  const code = byte ?? short ?? long;
  // As in Python, an unknown escape stands for itself.
  return code === undefined
    ? (shortEscapes.get(letter ?? '') ?? all)
    : String.fromCodePoint(Number.parseInt(code, 16));
}

const word =
  /([-+]\s*)?(?:(0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?![\d_]*[.eE]))|((?:\d[\d_]*\.?|\.\d)[\d_]*(?:[eE][-+]?\d+)?)|([A-Za-z]+))(?![\w.])/y;
const constants: ReadonlyMap<string, boolean | null | number> = new Map<string, boolean | null | number>([
  ['True', true],
  ['true', true],
  ['False', false],
  ['false', false],
  ['None', null],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
]);

function readWord(reader: Reader): UserValue {
  word.lastIndex = reader.at;
  const match = word.exec(reader.text);
  const value = match ? valueOfWord(match) : undefined;
  if (!match || value === undefined) throw fail(reader, 'a value is expected here');
  reader.at += match[0].length;
  return value;
}

function valueOfWord([, sign, whole, fraction, name]: RegExpExecArray): UserValue | undefined {
  const minus = sign?.startsWith('-') ?? false;
  if (whole !== undefined) {
    const magnitude = BigInt(whole.replaceAll('_', ''));
    return integer(minus ? -magnitude : magnitude);
  }
  if (fraction !== undefined && /\d/.test(fraction)) {
    const magnitude = Number(fraction.replaceAll('_', ''));
    return float(minus ? -magnitude : magnitude);
  }
  const constant = constants.get(name ?? '');
  if (sign === undefined || constant === undefined) return constant;
  return typeof constant === 'number' ? (minus ? -constant : constant) : undefined;
}

function startsWith(reader: Reader, what: string): boolean {
  skipBlanks(reader);
  return reader.text.startsWith(what, reader.at);
}

function passes(reader: Reader, what: string): boolean {
  if (!startsWith(reader, what)) return false;
  reader.at += what.length;
  return true;
}

function skipBlanks(reader: Reader): void {
  while (/\s/.test(reader.text[reader.at] ?? '')) reader.at++;
}
