import { protocolHeader, protocolVersion, versionHeader } from '@skyrocket/contract/protocol';
import { skyrocketVersion } from '@skyrocket/contract/version';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authentication, Bearer } from './bearer.ts';
import { Busy } from './busy.ts';
import { rateLimiter } from './rate-limiter.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any route runs that is not open to all. */
    bearer: Bearer | null;
  }
}

export interface AdmissionOptions {
  authentication: Authentication;
  basePath: string;
  /** Of one token. */
  requestsPerMinute: number;
  /** Of one address, for those without a token that is known. */
  strangersPerMinute: number;
  /** Paths that need no token. */
  openPaths: ReadonlySet<string>;
}

/** More requests at once than agents have heartbeats; what comes beyond is asked to come again. */
const requestsAtOnce = 5000;

/**
 * Decides before anything else is read of a request whether it is looked at: who asks, how often, and how much is under
 * way. Whoever guesses tokens is stopped before they are looked up.
 */
export function admitRequests(app: FastifyInstance, options: AdmissionOptions): void {
  const { authentication, openPaths } = options;
  const strangers = rateLimiter(options.strangersPerMinute);
  const holders = rateLimiter(options.requestsPerMinute);
  let underWay = 0;
  app.decorateRequest('bearer', null);
  app.addHook('onResponse', async () => {
    underWay--;
  });
  app.addHook('onRequest', async (request, reply) => {
    underWay++;
    reply.header(protocolHeader, protocolVersion).header(versionHeader, skyrocketVersion);
    if (underWay > requestsAtOnce) throw new Busy(503, 'the server has too much to do at once', 1);
    checkProtocol(request);
    if (openPaths.has(pathOf(request, options.basePath))) return admitStranger(strangers, request.ip);
    const claimant = authentication(secretOf(request));
    if (!claimant.isKnown) refuseOften(strangers.wait(request.ip));
    request.bearer = await claimant.bearer().catch((error: unknown) => {
      if (isSkyrocketError(error) && error.code === 'NOT_ALLOWED') strangers.count(request.ip);
      throw error;
    });
    refuseOften(holders.wait(request.bearer.tokenId));
    holders.count(request.bearer.tokenId);
  });
}

function admitStranger(strangers: ReturnType<typeof rateLimiter>, address: string): void {
  refuseOften(strangers.wait(address));
  strangers.count(address);
}

/** @throws Busy when there is something to wait for */
function refuseOften(seconds: number): void {
  if (seconds > 0)
    throw new Busy(429, 'this token or address asks too often; the server answers again later', seconds);
}

function pathOf(request: FastifyRequest, basePath: string): string {
  const path = request.url.split('?', 1)[0] ?? '';
  return path.startsWith(basePath) ? path.slice(basePath.length) : path;
}

function secretOf(request: FastifyRequest): string | null {
  return /^Bearer ([\w.~+/-]{1,256}=*)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
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
