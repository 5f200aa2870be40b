import { Type } from 'typebox';
import { key, nothing } from '../schemas/requests.ts';
import { listOf, moment, oneOf, record, text, userMap, word } from '../schemas/values.ts';
import type { Tokens } from '../tokens.ts';
import type { OperationsOf } from './operation.ts';

const tokenGrant = {
  tokenId: word(),
  role: oneOf(['reader', 'worker', 'user', 'admin']),
  label: text(),
  fworker: Type.Union([text(), Type.Null()]),
  category: Type.Union([text(), Type.Null()]),
  query: userMap(),
  expiresOn: Type.Union([moment(), Type.Null()]),
};

const tokenRecord = record({
  ...tokenGrant,
  createdOn: moment(),
  revokedOn: Type.Union([moment(), Type.Null()]),
});

/** The operations of `Tokens`. */
export const tokensOperations = {
  createToken: {
    role: 'admin',
    effect: 'changes',
    summary: 'Makes a token of the HTTP API; of its secret only the hash is told.',
    request: record({
      key,
      ...tokenGrant,
      hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    }),
    reply: record({ token: tokenRecord }),
  },
  findToken: {
    role: 'admin',
    effect: 'reads',
    summary: 'Gives a token by the hash of its secret.',
    request: record({ hash: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
    reply: record({ token: Type.Union([tokenRecord, Type.Null()]) }),
  },
  listTokens: {
    role: 'admin',
    effect: 'reads',
    summary: 'Lists tokens, without secrets.',
    request: nothing,
    reply: record({ tokens: listOf(tokenRecord) }),
  },
  revokeToken: {
    role: 'admin',
    effect: 'changes',
    summary: 'Makes a token worthless.',
    request: record({ key, tokenId: word() }),
    reply: record({ token: tokenRecord }),
  },
} as const satisfies OperationsOf<Tokens>;
