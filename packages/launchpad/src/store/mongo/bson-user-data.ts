import { SkyrocketError } from '@skyrocket/model/errors';
import { timestamp } from '@skyrocket/model/timestamp';
import { Float, float, integer, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { Binary, Double, Int32, Long, ObjectId } from 'mongodb';
import { type BsonLeaves, type BsonValue, readBson } from './bson-reader.ts';

/** What the driver writes for a user value; mappings stay Maps, whose order it keeps. @throws TOO_LARGE beyond 64 bits. */
export function toBson(value: UserValue): unknown {
  if (value instanceof Map) return mapToBson(value);
  if (Array.isArray(value)) return value.map(toBson);
  if (value instanceof Float) return new Double(value.value);
  if (typeof value === 'number') return numberToBson(value);
  if (typeof value === 'bigint') return bigintToBson(value);
  return value;
}

export function mapToBson(map: UserMap): Map<string, unknown> {
  const document = new Map<string, unknown>();
  for (const [key, value] of map) document.set(key, toBson(value));
  return document;
}

function numberToBson(value: number): unknown {
  if (!Number.isInteger(value)) return new Double(value);
  return value >= -2147483648 && value <= 2147483647 ? new Int32(value) : Long.fromNumber(value);
}

function bigintToBson(value: bigint): unknown {
  if (BigInt.asIntN(64, value) !== value) {
    throw new SkyrocketError(
      'TOO_LARGE',
      `the integer ${value} cannot be stored in MongoDB, which keeps 64 bits: write it as a text or as a float`,
    );
  }
  return Long.fromBigInt(value);
}

/**
 * Reads a raw document as user data. What that has no kind for becomes text: a Date its timestamp, an ObjectId its
 * hexadecimal digits, binary data base64.
 */
export function fromBson(bytes: Uint8Array): UserMap {
  return readBson(bytes, userLeaves);
}

type UserLeaf = Exclude<UserValue, UserValue[] | UserMap>;

const userLeaves: BsonLeaves<UserLeaf> = {
  double: float,
  int32: (value) => value,
  int64: integer,
  text: (value) => value,
  truth: (value) => value,
  nothing: () => null,
  date: timestamp,
  objectId: (digits) => digits,
  binary: (bytes) => bytes.toString('base64'),
};

type DriverLeaf = Double | Int32 | Long | string | boolean | null | Date | ObjectId | Binary;

/** Reads a raw document as the driver writes it: written back, it is the same to the last bit. */
export function sameBson(bytes: Uint8Array): Map<string, BsonValue<DriverLeaf>> {
  return readBson(bytes, driverLeaves);
}

const driverLeaves: BsonLeaves<DriverLeaf> = {
  double: (value) => new Double(value),
  int32: (value) => new Int32(value),
  int64: (value) => Long.fromBigInt(value),
  text: (value) => value,
  truth: (value) => value,
  nothing: () => null,
  date: (milliseconds) => new Date(milliseconds),
  objectId: (digits) => new ObjectId(digits),
  binary: (bytes) => new Binary(bytes),
};
