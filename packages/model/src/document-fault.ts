import { type ErrorCode, SkyrocketError } from './errors.ts';
import { Float, isUserMap, type UserMap, type UserValue } from './user-data.ts';

/** Where in a document something stands: keys and list indexes from the top. */
export type DocumentPath = readonly (string | number)[];

/** A document that is not what it should be. `path` lets whoever read it from a file tell the line. */
export class DocumentFault extends SkyrocketError {
  readonly path: DocumentPath;
  readonly sentence: string;

  constructor(code: ErrorCode, path: DocumentPath, sentence: string) {
    super(code, path.length === 0 ? sentence : `${pathText(path)}: ${sentence}`);
    this.path = path;
    this.sentence = sentence;
  }
}

/** `fws[2].spec._tasks` */
export function pathText(path: DocumentPath): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`))
    .join('');
}

/** What kind of value this is, for sentences. */
export function kindOf(value: UserValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isUserMap(value)) return 'a mapping';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'true or false';
  return typeof value === 'number' && Number.isInteger(value) ? 'an integer' : 'a number';
}

/** Reads members of one mapping of a document; each method throws a {@link DocumentFault} that names the key. */
export interface MemberReader {
  map: UserMap;
  path: DocumentPath;
  code: ErrorCode;
}

export function readMembers(value: UserValue | undefined, path: DocumentPath, code: ErrorCode): MemberReader {
  if (isUserMap(value)) return { map: value, path, code };
  throw new DocumentFault(code, path, `a mapping is expected here, not ${kindOf(value)}`);
}

export function fault(reader: MemberReader, key: string, sentence: string): DocumentFault {
  return new DocumentFault(reader.code, [...reader.path, key], sentence);
}

export function memberMap(reader: MemberReader, key: string): UserMap {
  const value = reader.map.get(key);
  if (value === undefined || value === null) return new Map();
  if (isUserMap(value)) return value;
  throw fault(reader, key, `a mapping is expected here, not ${kindOf(value)}`);
}

export function memberText(reader: MemberReader, key: string, fallback: string): string {
  const value = reader.map.get(key);
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'string') return value;
  if (typeof value === 'object') throw fault(reader, key, `a text is expected here, not ${kindOf(value)}`);
  return String(value);
}

export function memberInteger(reader: MemberReader, key: string, fallback: number): number {
  const value = reader.map.get(key);
  if (value === undefined || value === null) return fallback;
  const integer = wholeNumber(value);
  if (integer !== null) return integer;
  throw fault(reader, key, `an integer is expected here, not ${kindOf(value)}`);
}

/** Null for what is no integer. A float without a fraction is one, as Python compares it. */
export function wholeNumber(value: UserValue): number | null {
  const number = value instanceof Float ? value.value : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

/** A list; one value stands for a list of one; absent and null for none. */
export function memberList(reader: MemberReader, key: string): UserValue[] {
  const value = reader.map.get(key);
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
