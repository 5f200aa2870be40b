import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';

export type ServerLogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** A log of JSON lines on standard error. What could hold a secret is not written, wherever it stands in a request. */
export function createServerLog(level: ServerLogLevel): FastifyBaseLogger {
  return pino(
    {
      level,
      redact: {
        paths: ['req.headers.authorization', 'headers.authorization', 'hash', 'secret'],
        remove: true,
      },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
