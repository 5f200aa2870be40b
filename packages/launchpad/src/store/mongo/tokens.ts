import type { Role, TokenRecord } from '@skyrocket/contract/tokens';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { readTimestamp } from '@skyrocket/model/timestamp';
import { isUserMap } from '@skyrocket/model/user-data';
import type { Document } from 'mongodb';
import type { StoredToken } from '../store.ts';
import type { MongoConnection } from './connection.ts';

// Tokens of the HTTP API, in a collection of our own; a filter is kept as JSON text, since keys of filters begin with `$`.

export async function putToken(
  { tokens, now }: MongoConnection,
  token: Omit<StoredToken, 'createdOn' | 'revokedOn'>,
): Promise<TokenRecord> {
  const { tokenId, hash, role, label, fworker, category, query, expiresOn } = token;
  const kept = { hash, role, label, fworker, category, query: stringifyJson(query) };
  const stored = await tokens.findOneAndUpdate(
    { _id: tokenId },
    { $setOnInsert: { ...kept, expires_on: expiresOn, created_on: now(), revoked_on: null } },
    { upsert: true, returnDocument: 'after' },
  );
  if (!stored) throw new Error('a token was not stored');
  return recordOf(stored);
}

export async function findToken({ tokens }: MongoConnection, hash: string): Promise<TokenRecord | null> {
  const found = await tokens.findOne({ hash });
  return found && recordOf(found);
}

export async function findTokens({ tokens }: MongoConnection): Promise<TokenRecord[]> {
  const found = await tokens.find({}).sort({ created_on: 1, _id: 1 }).toArray();
  return found.map(recordOf);
}

export async function revokeToken(
  { tokens, now }: MongoConnection,
  tokenId: string,
): Promise<TokenRecord | null> {
  await tokens.updateOne({ _id: tokenId, revoked_on: null }, { $set: { revoked_on: now() } });
  const found = await tokens.findOne({ _id: tokenId });
  return found && recordOf(found);
}

function recordOf(document: Document): TokenRecord {
  const query = parseJson(String(document.query));
  return {
    tokenId: String(document._id),
    role: roleOf(document.role),
    label: String(document.label),
    fworker: textOrNull(document.fworker),
    category: textOrNull(document.category),
    query: isUserMap(query) ? query : new Map(),
    expiresOn: momentOrNull(document.expires_on),
    createdOn: momentOf(document.created_on),
    revokedOn: momentOrNull(document.revoked_on),
  };
}

function roleOf(value: unknown): Role {
  if (value === 'reader' || value === 'worker' || value === 'user' || value === 'admin') return value;
  throw new Error(`a token has the role ${value}, which this version does not know`);
}

const textOrNull = (value: unknown) => (typeof value === 'string' ? value : null);
const momentOrNull = (value: unknown) => (typeof value === 'string' ? readTimestamp(value) : null);

function momentOf(value: unknown): TokenRecord['createdOn'] {
  const moment = momentOrNull(value);
  if (moment) return moment;
  throw new Error('a token has no date');
}
