import type { Role, TokenRecord } from '@skyrocket/contract/tokens';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { StoredToken } from '../store.ts';
import { fromColumn, toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { readMap } from './launch-columns.ts';

interface TokenRow {
  token: string;
  role: Role;
  label: string;
  fworker: string | null;
  category: string | null;
  query: string;
  expires_on: Timestamp | null;
  created_on: Timestamp;
  revoked_on: Timestamp | null;
}

const insertToken = `
INSERT INTO tokens (token, hash, role, label, fworker, category, query, expires_on, created_on)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (token) DO NOTHING`;
const revoke = 'UPDATE tokens SET revoked_on = coalesce(revoked_on, ?) WHERE token = ?';
const tokenById = 'SELECT * FROM tokens WHERE token = ?';

export function putToken(
  database: Connection,
  token: Omit<StoredToken, 'createdOn' | 'revokedOn'>,
  now: Timestamp,
): TokenRecord {
  database.run(
    insertToken,
    token.tokenId,
    token.hash,
    token.role,
    toColumn(token.label),
    columnOrNull(token.fworker),
    columnOrNull(token.category),
    stringifyJson(token.query),
    token.expiresOn,
    now,
  );
  const row = database.get<TokenRow>(tokenById, token.tokenId);
  if (!row) throw new Error('a token was not stored');
  return recordOf(row);
}

export function findToken(database: Connection, hash: string): TokenRecord | null {
  const row = database.get<TokenRow>('SELECT * FROM tokens WHERE hash = ?', hash);
  return row ? recordOf(row) : null;
}

export function findTokens(database: Connection): TokenRecord[] {
  return database.all<TokenRow>('SELECT * FROM tokens ORDER BY created_on, token').map(recordOf);
}

export function revokeToken(database: Connection, tokenId: string, now: Timestamp): TokenRecord | null {
  database.run(revoke, now, tokenId);
  const row = database.get<TokenRow>(tokenById, tokenId);
  return row ? recordOf(row) : null;
}

function recordOf(row: TokenRow): TokenRecord {
  return {
    tokenId: row.token,
    role: row.role,
    label: fromColumn(row.label),
    fworker: row.fworker === null ? null : fromColumn(row.fworker),
    category: row.category === null ? null : fromColumn(row.category),
    query: readMap(row.query),
    expiresOn: row.expires_on,
    createdOn: row.created_on,
    revokedOn: row.revoked_on,
  };
}

function columnOrNull(text: string | null): string | null {
  return text === null ? null : toColumn(text);
}
