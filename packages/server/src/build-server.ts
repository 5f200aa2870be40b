import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import {
  protocolHeader,
  protocolVersion,
  type Refusal,
  statusOf,
  versionHeader,
} from '@skyrocket/contract/protocol';
import { skyrocketVersion } from '@skyrocket/contract/version';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import type { Authenticate } from './bearer.ts';
import { addHealthRoutes, openPaths } from './health-routes.ts';
import { addOperationRoutes } from './operation-routes.ts';
import { addMetricsRoute, type ServerMetrics } from './server-metrics.ts';

export interface ServerOptions {
  /** Opened and closed by the caller. */
  launchpad: LaunchPad;
  authenticate: Authenticate;
  metrics: ServerMetrics;
  log: FastifyBaseLogger;
  tls: { cert: string; key: string } | null;
  /** Before the path of every route, for a reverse proxy: `/skyrocket`. Empty: none. */
  basePath: string;
  requestsPerMinute: number;
  /** Aborted when the server is about to end. */
  ending: AbortSignal;
}

/** The HTTP API over a launchpad, ready to listen. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = createApp(options);
  app.decorateRequest('bearer', null);
  app.setErrorHandler<FastifyError | SkyrocketError>((error, request, reply) => {
    if (!isSkyrocketError(error) && (error.statusCode ?? 500) >= 500) request.log.error(error);
    const status = isSkyrocketError(error) ? statusOf(error.code) : (error.statusCode ?? 500);
    return reply.status(status).send(refusalOf(error));
  });
  app.setNotFoundHandler((_request, reply) =>
    reply
      .status(404)
      .send({ code: 'BAD_USAGE', message: 'this server has no such operation' } satisfies Refusal),
  );
  await app.register(helmet);
  await app.register(rateLimit, {
    max: options.requestsPerMinute,
    timeWindow: '1 minute',
    // Behind one address there may be a whole cluster: it is the token that counts, and the address of those without.
    keyGenerator: (request) => request.bearer?.tokenId ?? request.ip,
    hook: 'preHandler',
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header(protocolHeader, protocolVersion).header(versionHeader, skyrocketVersion);
    checkProtocol(request);
    if (openPaths.has(pathOf(request, options))) return;
    request.bearer = await options.authenticate(secretOf(request));
  });
  app.register(
    (routes, _settings, done) => {
      addHealthRoutes(routes, options.launchpad, options.ending);
      addMetricsRoute(routes, options.metrics);
      addOperationRoutes(routes, options.launchpad);
      done();
    },
    { prefix: options.basePath },
  );
  return app;
}

function createApp({ log, tls }: ServerOptions): FastifyInstance {
  const settings = {
    loggerInstance: log,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    requestTimeout: 300_000,
    // A line a request would drown what matters; /metrics counts them.
    logController: new LogController({ disableRequestLogging: true }),
  } as const;
  return tls === null ? fastify(settings) : fastify({ ...settings, https: tls });
}

function pathOf(request: FastifyRequest, { basePath }: ServerOptions): string {
  const path = request.url.split('?', 1)[0] ?? '';
  return path.startsWith(basePath) ? path.slice(basePath.length) : path;
}

function secretOf(request: FastifyRequest): string | null {
  return /^Bearer ([\w.~+/-]{1,256}=*)$/.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/** @throws SkyrocketError BAD_CONFIGURATION */
function checkProtocol(request: FastifyRequest): void {
  const theirs = request.headers[protocolHeader];
  if (theirs === undefined || theirs === String(protocolVersion)) return;
  throw new SkyrocketError(
    'BAD_CONFIGURATION',
    `this server speaks protocol ${protocolVersion} (Skyrocket ${skyrocketVersion}), the client speaks ${theirs}; install the same version on both sides`,
  );
}

/** What the caller is told. A fault of the program is not explained to strangers. */
function refusalOf(error: FastifyError | SkyrocketError): Refusal {
  if (isSkyrocketError(error)) return { code: error.code, message: error.message };
  if (error.statusCode === 413) {
    return { code: 'TOO_LARGE', message: 'the request is larger than this operation takes' };
  }
  if (error.statusCode === 429) {
    return {
      code: 'STORE_UNAVAILABLE',
      message: 'this token asks too often; the server answers again within a minute',
    };
  }
  const known = error.statusCode !== undefined && error.statusCode < 500;
  return {
    code: known ? 'BAD_USAGE' : 'STORE_UNAVAILABLE',
    message: known ? error.message : 'the server failed; its log says why',
  };
}
