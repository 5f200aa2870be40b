import { randomUUID } from 'node:crypto';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { FastifyBaseLogger } from 'fastify';
import { type Logger, schedule } from 'node-cron';
import type { ServerMetrics } from './server-metrics.ts';

export interface UpkeepOptions {
  launchpad: LaunchPad;
  log: FastifyBaseLogger;
  metrics: Pick<ServerMetrics, 'upkeepRounds'>;
  /** How often a round is due; divides a minute. Servers do it at the same moments, and only one of them. */
  upkeepSeconds: number;
}

export const usualUpkeepSeconds = 30;

/** What the schedule has to say (a round that came too late) is in the log, and not in colours beside it. */
function scheduleLog(log: FastifyBaseLogger): Logger {
  const say = (level: 'info' | 'warn' | 'error' | 'debug') => (message: string | Error) =>
    log[level](`upkeep: ${message instanceof Error ? message.message : message}`);
  return { info: say('debug'), warn: say('warn'), error: say('error'), debug: say('debug') };
}

/** Does upkeep when it is due, until it is stopped: then the round under way is finished first. */
export function startUpkeep({ launchpad, log, metrics, upkeepSeconds }: UpkeepOptions): {
  stop(): Promise<void>;
} {
  let round: Promise<void> = Promise.resolve();
  const task = schedule(
    upkeepSeconds === 60 ? '0 * * * * *' : `*/${upkeepSeconds} * * * * *`,
    () => {
      round = doRound().catch((error: unknown) => {
        metrics.upkeepRounds.inc({ outcome: 'failed' });
        log.error({ error: String(error) }, 'upkeep failed; the next round tries again');
      });
      return round;
    },
    { timezone: 'UTC', noOverlap: true, logger: scheduleLog(log) },
  );

  async function doRound(): Promise<void> {
    const key = randomUUID();
    const { heldByAnother } = await launchpad.deadAgents({ key, notWithinSeconds: upkeepSeconds / 2 });
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
