import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpLaunchPad } from '@skyrocket/client/http-launchpad';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { TokenGrant } from '@skyrocket/contract/tokens';
import { type LeaseTerms, leaseTerms } from '@skyrocket/launchpad/lease-terms';
import { prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { openDatabase } from '@skyrocket/launchpad/store/sqlite/open-database';
import { sqliteStore } from '@skyrocket/launchpad/store/sqlite/sqlite-store';
import type { Store } from '@skyrocket/launchpad/store/store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { pino } from 'pino';
import { hashOfSecret } from '../src/bearer.ts';
import { type RunningServer, type ServeOptions, serve } from '../src/serve.ts';

/** A launchpad of its own with a server in front of it. */
export interface ServedLaunchPad {
  /** As the server has it. */
  stored: LaunchPad;
  server: RunningServer;
  /** Makes a token; its secret. */
  token(grant?: Partial<TokenGrant>): Promise<string>;
  /** The launchpad as the holder of a token, made for the purpose, has it. */
  as(grant?: Partial<TokenGrant>): Promise<LaunchPad>;
  /** Sends something to the server that no client of ours would. */
  send(path: string, request?: RequestInit & { token?: string }): Promise<Response>;
  close(): Promise<void>;
}

export interface Circumstances extends Partial<Omit<ServeOptions, 'launchpad'>> {
  terms?: LeaseTerms;
}

export async function servedLaunchPad(circumstances: Circumstances = {}): Promise<ServedLaunchPad> {
  const folder = await mkdtemp(join(tmpdir(), 'skyrocket-server-'));
  const { terms = leaseTerms, ...options } = circumstances;
  const database = await openDatabase(await prepareDatabasePlace(join(folder, 'launchpad.db')));
  const served = await serveStore(sqliteStore(database), terms, options);
  return {
    ...served,
    async close() {
      await served.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Serves a store, and closes it with the server. */
export async function serveStore(
  store: Store,
  terms: LeaseTerms,
  options: Omit<Circumstances, 'terms'> = {},
): Promise<ServedLaunchPad> {
  const stored = storeLaunchPad(store, terms);
  const server = await serve({
    launchpad: stored,
    log: pino({ level: 'silent' }),
    host: '127.0.0.1',
    port: 0,
    tls: null,
    proxy: 'none',
    basePath: '',
    requestsPerMinute: 1_000_000,
    upkeepSeconds: null,
    ...options,
  });
  const token = (grant: Partial<TokenGrant> = {}) => createToken(stored, grant);
  return {
    stored,
    server,
    token,
    as: async (grant) => httpLaunchPad({ url: server.url, token: await token(grant) }),
    send: (path, { token: secret, ...request } = {}) =>
      fetch(`${server.url}${path}`, {
        ...request,
        headers: {
          ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
          ...request.headers,
        },
      }),
    async close() {
      await server.stop();
      await stored.close();
    },
  };
}

export async function createToken(launchpad: LaunchPad, grant: Partial<TokenGrant>): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  await launchpad.createToken({
    key: randomUUID(),
    tokenId: randomUUID().slice(0, 12),
    hash: hashOfSecret(secret),
    role: 'user',
    label: 'a test',
    fworker: null,
    category: null,
    query: new Map(),
    expiresOn: null,
    ...grant,
  });
  return secret;
}
