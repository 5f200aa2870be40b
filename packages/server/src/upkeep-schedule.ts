import { randomUUID } from 'node:crypto';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { FastifyBaseLogger } from 'fastify';
import { schedule } from 'node-cron';
import type { ServerMetrics } from './server-metrics.ts';

export interface UpkeepOptions {
  launchpad: LaunchPad;
  log: FastifyBaseLogger;
  metrics: Pick<ServerMetrics, 'upkeepRounds'>;
  /** When a round is due, in the words of cron, with seconds. */
  cron: string;
}

/** Every half minute; of several servers, the one that gets the right to do it does. */
export const usualUpkeep = '*/30 * * * * *';

/** Does upkeep when it is due, until it is stopped: then the round under way is finished first. */
export function startUpkeep({ launchpad, log, metrics, cron }: UpkeepOptions): { stop(): Promise<void> } {
  let round: Promise<void> = Promise.resolve();
  const task = schedule(
    cron,
    () => {
      round = doRound().catch((error: unknown) => {
        metrics.upkeepRounds.inc({ outcome: 'failed' });
        log.error({ error: String(error) }, 'upkeep failed; the next round tries again');
      });
      return round;
    },
    { timezone: 'UTC', noOverlap: true },
  );

  async function doRound(): Promise<void> {
    const key = randomUUID();
    const { heldByAnother } = await launchpad.deadAgents({ key });
    if (heldByAnother) {
      metrics.upkeepRounds.inc({ outcome: 'held by another' });
      return;
    }
    // The journals of workers are on their own machines: they tell them when they can.
    const { lost, released, finished } = await launchpad.upkeep({ key, told: [] });
    metrics.upkeepRounds.inc({ outcome: 'done' });
    if (lost.length + released.length + finished > 0) log.info({ lost, released, finished }, 'upkeep');
  }

  return {
    async stop() {
      await task.destroy();
      await round;
    },
  };
}
