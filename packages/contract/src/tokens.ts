import type { Timestamp } from '@skyrocket/model/timestamp';
import type { UserMap } from '@skyrocket/model/user-data';
import type { Keyed } from './keyed.ts';

/** Tokens of the HTTP API. Their secrets never come here: only hashes do. */
export interface Tokens {
  createToken(request: CreateToken): Promise<{ token: TokenRecord }>;
  /** By the hash of its secret, also when it is revoked or has expired. */
  findToken(request: { hash: string }): Promise<{ token: TokenRecord | null }>;
  listTokens(): Promise<{ tokens: TokenRecord[] }>;
  /** From now on the token opens nothing. Revoking twice is harmless. @throws SkyrocketError NOT_FOUND */
  revokeToken(request: Keyed & { tokenId: string }): Promise<{ token: TokenRecord }>;
}

/**
 * Who may call an operation over HTTP. A reader reads; a user also changes and runs; an admin also resets and does upkeep.
 * A worker does what runs Launches, and nothing else.
 */
export type Role = 'reader' | 'worker' | 'user' | 'admin';

/** What a token is for, and whom it is bound to. */
export interface TokenGrant {
  role: Role;
  /** For people: what it was made for. */
  label: string;
  /** The only FWorker that its holder may be; null: any. */
  fworker: string | null;
  /** The only `_category` that its holder may claim; null: any. */
  category: string | null;
  /** The only query that its holder's FWorker may have; empty: it may have none when it is a worker's token. */
  query: UserMap;
  /** Null: never. */
  expiresOn: Timestamp | null;
}

export interface CreateToken extends Keyed, TokenGrant {
  /** Drawn by the caller; names the token in lists and logs. */
  tokenId: string;
  /** SHA-256 of the secret, in hexadecimal digits. The secret has at least 128 bits of randomness, so that this is enough. */
  hash: string;
}

export interface TokenRecord extends TokenGrant {
  tokenId: string;
  createdOn: Timestamp;
  revokedOn: Timestamp | null;
}
