import { SkyrocketError } from '@skyrocket/model/errors';
import type { IdAssigner, MongoConnection } from './connection.ts';
import { integerOf } from './documents.ts';

/** Draws ids, each once for all programs (format §2.4). @returns the first of `count` ids that follow each other */
export async function drawIds(
  { idAssigner, settings }: MongoConnection,
  counter: keyof Omit<IdAssigner, '_id'>,
  count: number,
): Promise<number> {
  const before = await idAssigner.findOneAndUpdate(
    {},
    { $inc: { [counter]: count } },
    { writeConcern: { w: 1 } },
  );
  if (before) return integerOf(before[counter]);
  throw new SkyrocketError(
    'STORE_UNAVAILABLE',
    `the database at ${settings.location} has lost its fw_id_assigner, so new ids cannot be drawn: restore that collection`,
  );
}
