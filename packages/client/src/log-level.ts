import type { SettingsFile } from './settings-file.ts';

/** The levels of Python's logging, from the most talkative. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Further names that Python has for them. */
const aliases: Readonly<Record<string, LogLevel>> = { NOTSET: 'DEBUG', WARN: 'WARNING', FATAL: 'CRITICAL' };

/** Every word that names a level, for options. */
export const LOG_LEVEL_WORDS = [...LOG_LEVELS, 'NOTSET', 'WARN', 'FATAL'] as const;

/** The level that a word names, in any case; null when it names none. */
export function readLogLevel(word: string): LogLevel | null {
  const upper = word.toUpperCase();
  return LOG_LEVELS.find((level) => level === upper) ?? aliases[upper] ?? null;
}

/** A level in a configuration file. @throws SkyrocketError BAD_CONFIGURATION */
export function levelSetting(file: SettingsFile, key: string): LogLevel | undefined {
  const word = file.text(key);
  if (word === undefined) return undefined;
  const level = readLogLevel(word);
  if (level === null) throw file.fault(key, `"${word}" is none of ${LOG_LEVELS.join(', ')}`);
  return level;
}
