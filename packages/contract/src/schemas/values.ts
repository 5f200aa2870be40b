import type { FwId, LaunchId } from '@skyrocket/model/ids';
import { STATES, type State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import { type Static, type TSchema, Type } from 'typebox';

/**
 * The values that requests and replies are made of. A schema is that of the JSON on the wire; what it is in TypeScript,
 * where that differs, is said by the keyword `wire`, which `wire.ts` follows:
 * - `user-data`: any JSON, held losslessly (`UserValue`); `user-map`: a mapping of it (`UserMap`);
 * - `map`: a list of pairs, which is a `Map`.
 */

export const userMap = () => Type.Unsafe<UserMap>({ wire: 'user-map' });
export const userValue = () => Type.Unsafe<UserValue>({ wire: 'user-data' });

export function mapOf<Key extends TSchema, Value extends TSchema>(key: Key, value: Value) {
  return Type.Unsafe<Map<Static<Key>, Static<Value>>>({
    wire: 'map',
    type: 'array',
    maxItems: manyItems,
    items: { type: 'array', items: [key, value], minItems: 2, maxItems: 2, additionalItems: false },
  });
}

/** Bounds that no honest request meets: what is larger is refused before anything is made of it. */
const manyItems = 1_000_000;
const textLength = 65_536;
const wordLength = 256;

/** A list of at most so many. */
export function listOf<Item extends TSchema>(item: Item, maxItems = manyItems) {
  return Type.Array(item, { maxItems });
}

/** A mapping without further keys. */
export function record<Properties extends Record<string, TSchema>>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false });
}

/** A name, a path, a reason. */
export const text = () => Type.String({ maxLength: textLength });
/** An id, a key, a word of a program. */
export const word = () => Type.String({ maxLength: wordLength, minLength: 1 });
export const flag = () => Type.Boolean();
export const count = (maximum = Number.MAX_SAFE_INTEGER) => Type.Integer({ minimum: 0, maximum });

const safeInteger = { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };

export const fwIdSchema = () => Type.Unsafe<FwId>(safeInteger);
export const launchIdSchema = () => Type.Unsafe<LaunchId>(safeInteger);
export const moment = () =>
  Type.Unsafe<Timestamp>({
    type: 'string',
    pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}\\+00:00$',
  });
export const stateSchema = () => Type.Unsafe<State>({ enum: [...STATES] });

/** One of these words. */
export function oneOf<const Words extends string[]>(words: Words) {
  return Type.Unsafe<Words[number]>({ enum: words });
}

/** A word that has been given a name of its own: an agent's id, a token. */
export function named<Name extends string>() {
  return Type.Unsafe<Name>({ type: 'string', maxLength: wordLength, minLength: 1 });
}
