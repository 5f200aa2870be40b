import type { Timestamp } from '@skyrocket/model/timestamp';
import type { Connection } from './connection.ts';

/** The answer that a call with this key was given; null when there was none (or it was pruned). */
export function answerGiven(database: Connection, key: string): string | null {
  return database.get<{ answer: string }>('SELECT answer FROM answers WHERE key = ?', key)?.answer ?? null;
}

export function rememberAnswer(
  database: Connection,
  given: { key: string; answer: string; now: Timestamp },
): void {
  database.run(
    'INSERT INTO answers (key, answer, given_on) VALUES (?, ?, ?)',
    given.key,
    given.answer,
    given.now,
  );
}
