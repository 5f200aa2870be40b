import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { FastifyInstance } from 'fastify';

/** The hash of no secret. Looking for it takes one step in the database, and is not answered from memory. */
const hashOfNobody = '0'.repeat(64);

/**
 * `/healthz`: the process answers. `/readyz`: the launchpad answers too, and the server is not about to end. Why it does
 * not is told to the log only: strangers ask.
 */
export function addHealthRoutes(
  app: FastifyInstance,
  launchpad: Pick<LaunchPad, 'findToken'>,
  ending: AbortSignal,
): void {
  app.get('/healthz', async () => ({ status: 'alive' }));
  app.get('/readyz', async (request, reply) => {
    if (ending.aborted) return reply.status(503).send({ status: 'ending' });
    try {
      await launchpad.findToken({ hash: hashOfNobody });
      return { status: 'ready' };
    } catch (error) {
      request.log.warn({ error: String(error) }, 'not ready');
      return reply.status(503).send({ status: 'the launchpad does not answer' });
    }
  });
}
