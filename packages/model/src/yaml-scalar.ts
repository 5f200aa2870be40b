import { epochMilliseconds, readTimestamp, timestamp } from './timestamp.ts';
import { float, integer, type UserValue } from './user-data.ts';

/** Which rules a file asks for, with a first line `%YAML 1.1`. */
export type YamlVersion = '1.1' | '1.2';

/**
 * What an unquoted word of YAML means to FireWorks (YAML 1.2 as ruamel reads it): format §1.1. `yes` and `12:30` are
 * texts, `1_000` and `0b11` integers, and a date or time becomes the text that Python stores for it.
 */
export function plainScalar(word: string, version: YamlVersion = '1.2'): UserValue {
  const constant = constants.get(word);
  if (constant !== undefined) return constant;
  const old = version === '1.1' ? oldScalar(word) : undefined;
  if (old !== undefined) return old;
  // Most words begin with a letter, and only constants and numbers need a closer look.
  if (!/^[-+.\d]/.test(word)) return word;
  return readInteger(word) ?? readFloat(word) ?? readDate(word) ?? word;
}

/** Whether a text, written without quotes, is read back as the same text by FireWorks too. */
export function isPlainText(text: string): boolean {
  return text !== '<<' && text !== '=' && !/^\d{4}-\d\d?-\d\d?/.test(text) && plainScalar(text) === text;
}

const constants: ReadonlyMap<string, UserValue> = new Map<string, UserValue>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, UserValue] => [word, null]),
  ...['true', 'True', 'TRUE'].map((word): [string, UserValue] => [word, true]),
  ...['false', 'False', 'FALSE'].map((word): [string, UserValue] => [word, false]),
  ...['.nan', '.NaN', '.NAN'].map((word): [string, UserValue] => [word, Number.NaN]),
  ...['', '+'].flatMap((sign) =>
    ['.inf', '.Inf', '.INF'].map((word): [string, UserValue] => [sign + word, Number.POSITIVE_INFINITY]),
  ),
  ...['-.inf', '-.Inf', '-.INF'].map((word): [string, UserValue] => [word, Number.NEGATIVE_INFINITY]),
]);

/** What only YAML 1.1 takes for something else than 1.2 does: `yes` and `off`, the octal `010`, and `1:30`, which is 90. */
function oldScalar(word: string): UserValue | undefined {
  if (/^(?:y|Y|yes|Yes|YES|on|On|ON)$/.test(word)) return true;
  if (/^(?:n|N|no|No|NO|off|Off|OFF)$/.test(word)) return false;
  if (/^[-+]?0[0-7_]+$/.test(word)) return readInteger(word.replace('0', '0o')) ?? 0;
  if (/^[-+]?[1-9][\d_]*(?::[0-5]?\d)+$/.test(word)) return sexagesimal(word);
  if (/^[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*$/.test(word)) return float(sexagesimal(word));
  return onlyNumbersNow.test(word) ? word : undefined;
}

const onlyNumbersNow = /^[-+]?0(?:o[0-7_]+|[\d_]*[89][\d_]*)$|^[-+]\.\d/;

function sexagesimal(word: string): number {
  const parts = word.replaceAll(/[-+_]/g, '').split(':');
  const value = parts.reduce((sum, part) => sum * 60 + Number(part), 0);
  return word.startsWith('-') ? -value : value;
}

const integerForm = /^([-+]?)(0b[01_]+|0o[0-7_]+|0x[\da-fA-F_]+|\d[\d_]*)$/;

function readInteger(word: string): number | bigint | null {
  const match = integerForm.exec(word);
  if (!match) return null;
  const [, sign, written = ''] = match;
  const digits = written.replaceAll('_', '');
  if (/^0[box]$/.test(digits)) return null;
  // BigInt reads 010 as ten, as YAML 1.2 does.
  const magnitude = digits.length < 16 ? Number(digits) : BigInt(digits);
  return integer(sign === '-' ? -BigInt(magnitude) : BigInt(magnitude));
}

const floatForm =
  /^[-+]?(?:\d[\d_]*\.[\d_]*(?:[eE][-+]?\d+)?|\d[\d_]*[eE][-+]?\d+|\.[\d_]+(?:[eE][-+]\d+)?)$/;

function readFloat(word: string): UserValue {
  return floatForm.test(word) ? float(Number(word.replaceAll('_', ''))) : null;
}

const dateForm =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|[-+]\d\d?(?::\d\d)?))?$/;

/** A date alone stays as written; a date and time gets Python's `isoformat()`. */
function readDate(word: string): string | null {
  const match = dateForm.exec(word);
  if (!match) return null;
  const [, year, month = '', day = '', hour = '', minute, second, fraction, zone] = match;
  const two = (digits: string) => digits.padStart(2, '0');
  const written = readTimestamp(`${year}-${two(month)}-${two(day)}T${two(hour)}:${minute}:${second}`);
  if (written === null) return null;
  // Rounded to microseconds, as Python does: a fraction may carry over into the next second.
  const micros = Math.round(Number(`0.${fraction || '0'}`) * 1e6);
  const moment = micros === 1e6 ? timestamp(epochMilliseconds(written) + 1000) : written;
  return moment.slice(0, 19) + pythonFraction(micros % 1e6) + pythonOffset(zone);
}

/** Left out when zero. */
function pythonFraction(micros: number): string {
  return micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`;
}

function pythonOffset(zone: string | undefined): string {
  if (zone === undefined) return '';
  if (zone === 'Z') return '+00:00';
  const [hours = '', minutes = '00'] = zone.slice(1).split(':');
  return `${zone[0]}${hours.padStart(2, '0')}:${minutes}`;
}
