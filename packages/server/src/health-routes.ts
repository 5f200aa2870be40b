import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { FastifyInstance } from 'fastify';

/** `/healthz`: the process answers. `/readyz`: the launchpad answers too, and the server is not about to end. */
export function addHealthRoutes(app: FastifyInstance, launchpad: LaunchPad, ending: AbortSignal): void {
  app.get('/healthz', async () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    if (ending.aborted) return reply.status(503).send({ status: 'ending' });
    await launchpad.identity();
    return { status: 'ready' };
  });
}
