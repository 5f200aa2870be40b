import type { Server } from 'node:http';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { FastifyBaseLogger } from 'fastify';
import { tokenAuthentication } from './bearer.ts';
import { buildServer } from './build-server.ts';
import { loadValidators } from './request-validation.ts';
import { createServerMetrics } from './server-metrics.ts';
import { stateFeed } from './state-feed.ts';
import { startUpkeep } from './upkeep-schedule.ts';

export { usualUpkeepSeconds } from './upkeep-schedule.ts';

export interface ServeOptions {
  /** Opened and closed by the caller. */
  launchpad: LaunchPad;
  log: FastifyBaseLogger;
  host: string;
  /** 0: one that is free. */
  port: number;
  /** PEM texts. */
  tls: { cert: string; key: string } | null;
  /** Whether something in front of the server does TLS. */
  proxy: 'none' | 'does TLS';
  basePath: string;
  requestsPerMinute: number;
  /** Usually {@link usualUpkeepSeconds}; null: others look after the launchpad. */
  upkeepSeconds: number | null;
}

export interface RunningServer {
  url: string;
  /** Takes no more requests, finishes those that it accepted, and ends. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Serves a launchpad until it is stopped, with upkeep.
 * @throws SkyrocketError BAD_USAGE when tokens would cross a network in the clear, BAD_CONFIGURATION when it cannot listen
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  refuseClearText(options);
  const { launchpad, log } = options;
  const ending = new AbortController();
  const metrics = createServerMetrics(launchpad);
  const feed = stateFeed({
    launchpad,
    lookMilliseconds: 1000,
    failed: (error) =>
      log.warn({ error: String(error) }, 'changes cannot be seen; they are looked for again'),
  });
  const app = buildServer({
    ...options,
    authentication: tokenAuthentication(launchpad),
    feed,
    metrics,
    ending: ending.signal,
  });
  const atWork = countRequests(app.server);
  const address = await app
    .listen({ host: options.host, port: options.port, backlog })
    .catch((cause: unknown) => {
      throw cannotListen(options, cause);
    });
  void loadValidators().catch((error: unknown) => log.error(error));
  const { upkeepSeconds } = options;
  const upkeep = upkeepSeconds === null ? null : startUpkeep({ launchpad, log, metrics, upkeepSeconds });
  let stopped: Promise<void> | null = null;
  const end = async () => {
    ending.abort();
    await upkeep?.stop();
    const closing = setInterval(() => closeUnused(app.server, atWork()), closingMilliseconds);
    await app.close().finally(() => clearInterval(closing));
  };
  return {
    url: `${address}${options.basePath}`,
    stop: () => {
      stopped ??= end();
      return stopped;
    },
  };
}

/** Connections that wait to be accepted: after an outage thousands of agents come within seconds. */
const backlog = 4096;

const closingMilliseconds = 100;

/** Counts requests that are not answered yet. */
function countRequests(server: Server): () => number {
  let count = 0;
  server.on('request', (_request, response) => {
    count++;
    response.once('close', () => {
      count--;
    });
  });
  return () => count;
}

/** Clients keep connections open for later, also such that never carried a request: those do not count as idle. */
function closeUnused(server: Server, requests: number): void {
  if (requests === 0) server.closeAllConnections();
  else server.closeIdleConnections();
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

function refuseClearText({ host, tls, proxy }: ServeOptions): void {
  if (tls !== null || proxy === 'does TLS' || loopback.test(host)) return;
  throw new SkyrocketError(
    'BAD_USAGE',
    `on ${host} others could read tokens on the network: give --tls-cert and --tls-key, or --behind-proxy when a proxy does TLS`,
  );
}

function cannotListen({ host, port }: ServeOptions, cause: unknown): SkyrocketError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SkyrocketError(
    'BAD_CONFIGURATION',
    `the server cannot listen on ${host}, port ${port} (${reason}); choose others with --host and --port`,
    { cause },
  );
}
