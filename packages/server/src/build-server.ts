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
import { type FastifyError, type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { addOperationRoutes } from './operation-routes.ts';
import type { Bearer } from './permission.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any route runs. */
    bearer: Bearer;
  }
}

export interface ServerOptions {
  /** Opened and closed by the caller. */
  launchpad: LaunchPad;
  /** Who holds a token. @throws SkyrocketError NOT_ALLOWED when it is none, or no longer */
  authenticate(token: string | null): Promise<Bearer>;
}

/** The HTTP API over a launchpad, ready to listen. */
export function buildServer({ launchpad, authenticate }: ServerOptions): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: 'idle', requestTimeout: 300_000 });
  app.decorateRequest('bearer');
  app.addHook('onRequest', async (request, reply) => {
    reply.header(protocolHeader, protocolVersion).header(versionHeader, skyrocketVersion);
    checkProtocol(request);
    request.bearer = await authenticate(tokenOf(request));
  });
  app.setErrorHandler<FastifyError | SkyrocketError>((error, _request, reply) => {
    const refusal = refusalOf(error);
    return reply
      .status(isSkyrocketError(error) ? statusOf(error.code) : (error.statusCode ?? 500))
      .send(refusal);
  });
  addOperationRoutes(app, launchpad);
  return app;
}

function tokenOf(request: FastifyRequest): string | null {
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
  const known = error.statusCode !== undefined && error.statusCode < 500;
  return {
    code: known ? 'BAD_USAGE' : 'STORE_UNAVAILABLE',
    message: known ? error.message : 'the server failed; its log says why',
  };
}
