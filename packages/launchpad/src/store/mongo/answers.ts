import { type MongoConnection, passing } from './connection.ts';
import type { RememberedAnswer } from './intents.ts';

/** The answer that a call with this key was given; null when there was none (or it was pruned). */
export async function answerGiven({ answers }: MongoConnection, key: string): Promise<string | null> {
  const given = await answers.findOne({ _id: key });
  const text: unknown = given?.text;
  return typeof text === 'string' ? text : null;
}

/** Keeps the first answer. A later, durable write of the same call covers it. */
export async function rememberAnswer(
  { answers }: MongoConnection,
  { key, text, on }: RememberedAnswer,
): Promise<void> {
  await answers.updateOne({ _id: key }, { $setOnInsert: { text, on } }, { upsert: true, ...passing });
}
