import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { STATES } from '@skyrocket/model/states';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { bearerOf } from './operation-routes.ts';
import { refuseUnlessReader } from './permission.ts';

/** The figures of a server, for Prometheus. A registry of its own: two servers may live in one process. */
export interface ServerMetrics {
  /** The page that Prometheus reads. */
  page(): Promise<{ type: string; text: string }>;
  /** Counts a request when it is over. */
  observe(request: FastifyRequest, reply: FastifyReply): void;
  upkeepRounds: Counter<'outcome'>;
}

export function createServerMetrics(launchpad: LaunchPad): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({
    name: 'skyrocket_request_seconds',
    help: 'Time from a request to its reply',
    labelNames: ['operation', 'status'] as const,
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30],
    registers,
  });
  const upkeepRounds = new Counter({
    name: 'skyrocket_upkeep_rounds_total',
    help: 'Rounds of upkeep by this server',
    labelNames: ['outcome'] as const,
    registers,
  });
  new Gauge({
    name: 'skyrocket_fireworks',
    help: 'Fireworks by state',
    labelNames: ['state'] as const,
    registers,
    async collect() {
      for (const state of STATES) {
        const { count } = await launchpad.findFireworks({
          filter: new Map([['state', state]]),
          fields: 'count',
        });
        this.set({ state }, count);
      }
    },
  });
  return {
    upkeepRounds,
    page: async () => ({ type: registry.contentType, text: await registry.metrics() }),
    observe: (request, reply) => {
      const operation = request.routeOptions.url ?? 'unknown';
      seconds.observe({ operation, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    },
  };
}

/** Counts all requests; the page at `path` is for readers. */
export function addMetricsRoute(
  app: FastifyInstance,
  { metrics, path }: { metrics: ServerMetrics; path: string },
): void {
  app.addHook('onResponse', async (request, reply) => metrics.observe(request, reply));
  app.get(path, async (request, reply) => {
    refuseUnlessReader(bearerOf(request));
    const { type, text } = await metrics.page();
    return reply.type(type).send(text);
  });
}
