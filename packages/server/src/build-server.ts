import { randomUUID } from 'node:crypto';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Refusal } from '@skyrocket/contract/protocol';
import { statusOf } from '@skyrocket/contract/protocol';
import { skyrocketVersion } from '@skyrocket/contract/version';
import { isSkyrocketError, type SkyrocketError } from '@skyrocket/model/errors';
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  fastify,
  LogController,
} from 'fastify';
import { admitRequests } from './admission.ts';
import type { Authentication } from './bearer.ts';
import { Busy } from './busy.ts';
import { addEventRoutes } from './event-routes.ts';
import { addHealthRoutes } from './health-routes.ts';
import { addOperationRoutes } from './operation-routes.ts';
import { addPageRoutes } from './page-routes.ts';
import { readBodies } from './request-bodies.ts';
import { addMetricsRoute, type ServerMetrics } from './server-metrics.ts';
import type { StateFeed } from './state-feed.ts';

export interface ServerOptions {
  /** Opened and closed by the caller. */
  launchpad: LaunchPad;
  authentication: Authentication;
  feed: StateFeed;
  metrics: ServerMetrics;
  log: FastifyBaseLogger;
  tls: { cert: string; key: string } | null;
  /** Whether something in front of the server does TLS, and says whose requests it passes on. */
  proxy: 'none' | 'does TLS';
  /** Before the path of every route, for a reverse proxy: `/skyrocket`. Empty: none. */
  basePath: string;
  requestsPerMinute: number;
  /** Aborted when the server is about to end. */
  ending: AbortSignal;
}

/** Where load balancers, batch systems and people look without a token: nothing is told that is not public. */
const openPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/openapi.json', '/docs']);

/** From one address, of those without a token. */
const strangersPerMinute = 600;

/** The HTTP API over a launchpad, ready to listen. */
export function buildServer(options: ServerOptions): FastifyInstance {
  const { launchpad, feed, basePath, ending } = options;
  const app = createApp(options);
  explainErrors(app);
  admitRequests(app, { ...options, strangersPerMinute, openPaths });
  readBodies(app);
  // A connection that is kept for more requests would keep the server from ending.
  app.addHook('onSend', async (_request, reply) => {
    if (ending.aborted) reply.header('connection', 'close');
  });
  addMetricsRoute(app, { ...options, path: `${basePath}/metrics` });
  app.register(
    (routes, _settings, done) => {
      addHealthRoutes(routes, launchpad, ending);
      addOperationRoutes(routes, { launchpad, changed: feed.nudge });
      addEventRoutes(routes, feed, ending);
      routes.register((pages, _none, ready) => {
        addPageRoutes(pages, basePath);
        ready();
      });
      done();
    },
    { prefix: basePath },
  );
  return app;
}

function createApp({ log, tls, proxy }: ServerOptions): FastifyInstance {
  const settings = {
    loggerInstance: log,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    requestTimeout: 300_000,
    // The last address of X-Forwarded-For is what the proxy itself has seen.
    trustProxy: proxy === 'does TLS' ? (_address: string, hop: number) => hop === 0 : false,
    // A line a request would drown what matters; /metrics counts them.
    logController: new LogController({ disableRequestLogging: true }),
    // Most requests write nothing: what is written of one names it.
    childLoggerFactory: (logger: FastifyBaseLogger) => logger,
  } as const;
  return tls === null ? fastify(settings) : fastify({ ...settings, https: tls });
}

/** Every refusal has the same shape, and says whether it is worth while to ask again. */
function explainErrors(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError | SkyrocketError | Busy>((error, request, reply) => {
    const status = isSkyrocketError(error) ? statusOf(error.code) : (error.statusCode ?? 500);
    if (status >= 500 && !(error instanceof Busy)) request.log.error({ reqId: request.id, err: error });
    if (error instanceof Busy) reply.header('retry-after', error.retryAfterSeconds);
    // What is left of a body that is not read ends with the connection.
    if (status === 413 || status === 503) reply.header('connection', 'close');
    return reply.status(status).send(refusalOf(error, status));
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.status(404).send({ code: 'BAD_USAGE', message: noSuchOperation } satisfies Refusal),
  );
}

const noSuchOperation = `this server (Skyrocket ${skyrocketVersion}) has no such operation; correct url: in my_launchpad.yaml, or install the same version on both sides`;

/** What the caller is told. A fault of the program is not explained to strangers. */
function refusalOf(error: FastifyError | SkyrocketError | Busy, status: number): Refusal {
  if (isSkyrocketError(error)) return { code: error.code, message: error.message };
  if (error instanceof Busy) return { code: 'STORE_UNAVAILABLE', message: error.message };
  return status < 500
    ? { code: 'BAD_USAGE', message: error.message }
    : { code: 'STORE_UNAVAILABLE', message: 'the server failed; its log says why' };
}
