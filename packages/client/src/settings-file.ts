import { readFileSync } from 'node:fs';
import { kindOf } from '@skyrocket/model/document-fault';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import { parseJson } from '@skyrocket/model/lossless-json';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';

/**
 * A configuration file: a mapping of settings in YAML (or JSON, by the file's ending). Each setting is asked for by its
 * key; what nobody asked for is told by {@link SettingsFile.unread}. A value of the wrong kind is BAD_CONFIGURATION: one
 * sentence with file, line and key.
 */
export class SettingsFile {
  readonly path: string;
  readonly #settings: UserMap;
  readonly #asked = new Set<string>();
  readonly #lineOf: LineOf;

  constructor(content: { path: string; settings: UserMap; lineOf: LineOf }) {
    this.path = content.path;
    this.#settings = content.settings;
    this.#lineOf = content.lineOf;
  }

  /** A file without settings, for where there is none. */
  static empty(path: string): SettingsFile {
    return new SettingsFile({ path, settings: new Map(), lineOf: () => null });
  }

  /** All settings as they stand. */
  all(): UserMap {
    return this.#settings;
  }

  /** The value as it stands; undefined when the key is absent or null. */
  value(key: string): UserValue | undefined {
    this.#asked.add(key);
    return this.#settings.get(key) ?? undefined;
  }

  text(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === 'string') return value;
    throw this.wrongKind(key, 'a text');
  }

  /** An integer, `minimum` or more. */
  integer(key: string, minimum: number): number | undefined {
    const value = this.value(key);
    if (value === undefined) return value;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum) return value;
    if (typeof value === 'number' && Number.isInteger(value))
      throw this.fault(key, `${value} is less than ${minimum}`);
    throw this.wrongKind(key, 'an integer');
  }

  flag(key: string): boolean | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.wrongKind(key, 'true or false');
  }

  /** A list of texts; one text stands for a list of one. */
  texts(key: string): string[] | undefined {
    const value = this.value(key);
    if (value === undefined) return value;
    const texts: string[] = [];
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item !== 'string') throw this.wrongKind(key, 'a list of texts');
      texts.push(item);
    }
    return texts;
  }

  map(key: string): UserMap | undefined {
    const value = this.value(key);
    if (value === undefined || isUserMap(value)) return value;
    throw this.wrongKind(key, 'a mapping');
  }

  /** One of these words, in any case; given back as it stands in the list. */
  word<Word extends string>(key: string, words: readonly Word[]): Word | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    throw this.fault(key, `"${text}" is none of ${words.map((word) => word || '""').join(', ')}`);
  }

  has(key: string): boolean {
    this.#asked.add(key);
    return (this.#settings.get(key) ?? null) !== null;
  }

  /** Keys that nobody asked for. */
  unread(): string[] {
    return [...this.#settings.keys()].filter((key) => !this.#asked.has(key));
  }

  /** Keys that were asked for, whether they are there or not. */
  asked(): string[] {
    return [...this.#asked];
  }

  /** BAD_CONFIGURATION: the file, the line, the key and what is wrong with it. */
  fault(key: string, sentence: string): SkyrocketError {
    const line = this.#lineOf([key]);
    const place = line === null ? this.path : `${this.path}, line ${line}`;
    return new SkyrocketError('BAD_CONFIGURATION', `${place}, ${key}: ${sentence}`);
  }

  wrongKind(key: string, expected: string): SkyrocketError {
    return this.fault(key, `${expected} is expected here, not ${kindOf(this.#settings.get(key))}`);
  }
}

type LineOf = (path: (string | number)[]) => number | null;

/**
 * Reads a configuration file.
 * @throws SkyrocketError BAD_CONFIGURATION when it cannot be read, is not YAML (or JSON) or not a mapping
 */
export async function readSettingsFile(path: string): Promise<SettingsFile> {
  const text = readText(path);
  const { parseYaml } = await import('@skyrocket/model/yaml');
  const { yamlLineFinder } = await import('@skyrocket/model/yaml-document');
  try {
    const value = path.endsWith('.json')
      ? parseJson(text, { source: path })
      : parseYaml(text, { source: path });
    if (value !== null && !isUserMap(value)) {
      throw new SkyrocketError('BAD_CONFIGURATION', `${path} must hold a mapping, not ${kindOf(value)}`);
    }
    return new SettingsFile({ path, settings: value ?? new Map(), lineOf: yamlLineFinder(text) });
  } catch (error) {
    if (isSkyrocketError(error) && error.code === 'BAD_FILE') {
      throw new SkyrocketError('BAD_CONFIGURATION', error.message, { cause: error });
    }
    throw error;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SkyrocketError('BAD_CONFIGURATION', `${path} cannot be read: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
