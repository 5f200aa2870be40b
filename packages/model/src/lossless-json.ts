import { SkyrocketError } from './errors.ts';
import { type DocumentMembers, float, integer, isTruthy, type UserMap, type UserValue } from './user-data.ts';

/**
 * JSON as Python's `json` module reads and writes it, without loss: integers of any size, floats that stay floats
 * (`1.0`), NaN and infinities, keys in order, `__proto__` and integer-like keys like any other.
 */

export interface ParseJsonOptions {
  /** Told of every key that a mapping holds twice; the last one counts, as in Python. `line` is worked out when asked. */
  onDuplicateKey?: (key: string, line: () => number) => void;
  /** Told where each key of a mapping, and each element of a list, begins: its offset in the text. */
  onMember?: (parent: UserMap | UserValue[], step: string | number, offset: number) => void;
  /** The file's name, for messages. */
  source?: string;
}

/** Deeper nesting is refused, so that no input exhausts the stack. */
const depthLimit = 1000;

/** @throws SkyrocketError BAD_FILE, with source, line and column. */
export function parseJson(text: string, options: ParseJsonOptions = {}): UserValue {
  const reader: Reader = { text, at: 0, depth: 0, options };
  skipBlanks(reader);
  const value = readValue(reader);
  skipBlanks(reader);
  if (reader.at < text.length) fail(reader, 'nothing may follow the value');
  return value;
}

interface Reader {
  text: string;
  at: number;
  depth: number;
  options: ParseJsonOptions;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

function readValue(reader: Reader): UserValue {
  const code = reader.text.charCodeAt(reader.at);
  if (code === quote) return readString(reader);
  if (code === openBrace) return readMap(reader);
  if (code === openBracket) return readList(reader);
  return readScalar(reader);
}

function readMap(reader: Reader): UserMap {
  const map: UserMap = new Map();
  enter(reader);
  if (reader.text.charCodeAt(reader.at) === closeBrace) return leave(reader, map);
  for (;;) {
    if (reader.text.charCodeAt(reader.at) !== quote) fail(reader, 'a key in double quotes is expected');
    const keyAt = reader.at;
    const key = readString(reader);
    skipBlanks(reader);
    if (reader.text.charCodeAt(reader.at) !== colon)
      fail(reader, `a colon is expected after the key "${key}"`);
    reader.at++;
    skipBlanks(reader);
    if (map.has(key)) reader.options.onDuplicateKey?.(key, () => position(reader.text, keyAt).line);
    reader.options.onMember?.(map, key, keyAt);
    map.set(key, readValue(reader));
    skipBlanks(reader);
    const code = reader.text.charCodeAt(reader.at);
    if (code === closeBrace) return leave(reader, map);
    if (code !== comma) fail(reader, 'a comma or } is expected');
    reader.at++;
    skipBlanks(reader);
  }
}

function readList(reader: Reader): UserValue[] {
  const list: UserValue[] = [];
  enter(reader);
  if (reader.text.charCodeAt(reader.at) === closeBracket) return leave(reader, list);
  for (;;) {
    reader.options.onMember?.(list, list.length, reader.at);
    list.push(readValue(reader));
    skipBlanks(reader);
    const code = reader.text.charCodeAt(reader.at);
    if (code === closeBracket) return leave(reader, list);
    if (code !== comma) fail(reader, 'a comma or ] is expected');
    reader.at++;
    skipBlanks(reader);
  }
}

function enter(reader: Reader): void {
  if (++reader.depth > depthLimit) fail(reader, `values are nested more than ${depthLimit} deep`);
  reader.at++;
  skipBlanks(reader);
}

function leave<T>(reader: Reader, value: T): T {
  reader.depth--;
  reader.at++;
  return value;
}

/** A string without escapes is a slice; any other is left to JSON.parse, which knows them all. */
function readString(reader: Reader): string {
  const { text } = reader;
  const start = reader.at + 1;
  let end = text.indexOf('"', start);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  if (end < 0) fail(reader, 'a text is not closed');
  reader.at = end + 1;
  const slice = text.slice(start, end);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids raw control characters inside texts
  if (slice.indexOf('\\') < 0 && !/[\u0000-\u001f]/.test(slice)) return slice;
  try {
    return JSON.parse(text.slice(start - 1, end + 1));
  } catch {
    reader.at = start - 1;
    return fail(reader, 'a text holds a bad escape or a raw control character');
  }
}

function isEscaped(text: string, quoteAt: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quoteAt - 1 - backslashes) === backslash) backslashes++;
  return backslashes % 2 === 1;
}

const scalar = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false|null|NaN|-?Infinity/y;

function readScalar(reader: Reader): UserValue {
  scalar.lastIndex = reader.at;
  const match = scalar.exec(reader.text);
  if (!match)
    return fail(reader, reader.at >= reader.text.length ? 'the text ends too early' : 'a value is expected');
  const [word, fraction, exponent] = match;
  reader.at += word.length;
  switch (word) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'null':
      return null;
    case 'NaN':
      return Number.NaN;
    case 'Infinity':
      return Number.POSITIVE_INFINITY;
    case '-Infinity':
      return Number.NEGATIVE_INFINITY;
  }
  if (fraction !== undefined || exponent !== undefined) return float(Number(word));
  return word.length < 16 ? Number(word) + 0 : integer(BigInt(word));
}

function skipBlanks(reader: Reader): void {
  for (;;) {
    const code = reader.text.charCodeAt(reader.at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    reader.at++;
  }
}

function fail(reader: Reader, what: string): never {
  const { line, column } = position(reader.text, reader.at);
  const source = reader.options.source ?? 'the JSON text';
  throw new SkyrocketError('BAD_FILE', `${source}, line ${line}, column ${column}: not JSON: ${what}`);
}

/** Line and column, from 1, of an offset. */
export function position(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** Writes JSON that {@link parseJson} and Python read back as the same value. `indent` 0: on one line, as Python writes it. */
export function stringifyJson(value: UserValue, indent = 0): string {
  return indent === 0 ? writeFlat(value) : writeIndented(value, ' '.repeat(indent), '\n');
}

/** Of the members of a document those that say something, as JSON on one line: absent ones are read as nothing. */
export function stringifyShort<Of>(members: DocumentMembers<Of>, of: Of): string {
  let text = '{';
  for (const [key, read] of members) {
    const value = read(of);
    if (isTruthy(value)) text += `${text === '{' ? '' : ', '}${writeText(key)}: ${writeFlat(value)}`;
  }
  return `${text}}`;
}

// Every Firework is written several times on its way, so texts are joined as they come: no lists of parts.

function writeFlat(value: UserValue): string {
  if (value instanceof Map) {
    let text = '{';
    for (const [key, item] of value)
      text += `${text === '{' ? '' : ', '}${writeText(key)}: ${writeFlat(item)}`;
    return `${text}}`;
  }
  if (!Array.isArray(value)) return writeScalar(value);
  let text = '[';
  for (const item of value) text += `${text === '[' ? '' : ', '}${writeFlat(item)}`;
  return `${text}]`;
}

function writeIndented(value: UserValue, step: string, margin: string): string {
  if (value instanceof Map) {
    if (value.size === 0) return '{}';
    const inner = margin + step;
    let text = '';
    for (const [key, item] of value)
      text += `${text === '' ? '{' : ','}${inner}${writeText(key)}: ${writeIndented(item, step, inner)}`;
    return `${text}${margin}}`;
  }
  if (!Array.isArray(value)) return writeScalar(value);
  if (value.length === 0) return '[]';
  const inner = margin + step;
  let text = '';
  for (const item of value) text += `${text === '' ? '[' : ','}${inner}${writeIndented(item, step, inner)}`;
  return `${text}${margin}]`;
}

function writeScalar(value: Exclude<UserValue, UserMap | UserValue[]>): string {
  if (typeof value === 'string') return writeText(value);
  if (value === null) return 'null';
  // A Float that was sent to a thread is no instance of the class any more.
  if (typeof value === 'object') return writeFloat(value.value);
  return typeof value === 'number' && !Number.isInteger(value) ? writeFloat(value) : String(value);
}

/** Most keys and many texts are words without anything to escape, and short: then a look is faster than JSON.stringify. */
function writeText(text: string): string {
  return text.length <= 100 && plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

const plainText = /^[\w .:+/@=-]*$/;

function writeFloat(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
