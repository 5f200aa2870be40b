/** The levels of Python's logging, from the most talkative. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The level that a text names, in any case; null when it names none. */
export function readLogLevel(text: string): LogLevel | null {
  const upper = text.toUpperCase();
  return LOG_LEVELS.find((level) => level === upper || (upper === 'WARN' && level === 'WARNING')) ?? null;
}
