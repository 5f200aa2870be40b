import { randomUUID } from 'node:crypto';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import { keepUp, type UpkeepRound } from '@skyrocket/worker/upkeep';
import { flag, integer } from '../../command-line/option.ts';
import { repeatUntilStopped } from '../../program/repeat-until-stopped.ts';
import type { LpadCommand } from '../context.ts';
import { explainLostHere } from '../explain-here.ts';

const infinite = flag('--infinite', 'do it again and again until it is stopped');
const interval = integer('--maintain_interval', 'S', {
  describe: 'seconds between two rounds (default: MAINTAIN_INTERVAL, else 120)',
  fallback: null,
  minimum: 1,
});

export const command: LpadCommand = {
  options: [infinite, interval],
  async run(line, context) {
    const { log, config } = context;
    const launchpad = await context.launchpad();
    const round = {
      ...{ launchpad, log, spool: config.spoolDirectory },
      silentSeconds: config.runExpirationSeconds,
      explain: () => explainLostHere(context, launchpad),
    };
    if (!line.value(infinite)) {
      await doRound(round);
      return 0;
    }
    const seconds = line.value(interval) ?? config.maintainSeconds;
    return repeatUntilStopped(seconds, () => doRound(round));
  },
};

interface Round {
  launchpad: LaunchPad;
  log: Log;
  spool: string;
  /** RUN_EXPIRATION_SECS. */
  silentSeconds: number;
  explain(): Promise<void>;
}

async function doRound(round: Round): Promise<void> {
  tellRound(await keepUp(round), round.log);
  await declareSilentLost(round);
  await round.explain();
}

/** Launches of Python workers have no lease: FireWorks' own rule is for them, which upkeep applies only after a long watch. */
async function declareSilentLost({ launchpad, log, silentSeconds }: Round): Promise<void> {
  const found = await launchpad.findLostRuns({ silentSeconds });
  if (found.launches.length === 0) return;
  // Offline ones are heard of when somebody recovers them.
  const { runs } = await launchpad.findOffline();
  const offline = new Set(runs.map((run) => run.launchId));
  const launches = found.launches.filter(({ launchId }) => !offline.has(launchId));
  const { lost } = await launchpad.declareLost({
    key: randomUUID(),
    silentSeconds,
    launchIds: launches.map(({ launchId }) => launchId),
    afterwards: 'stop',
  });
  for (const { launchId, fwId } of lost) {
    log.warn(`Launch ${launchId} of Firework ${fwId} was not heard of for ${silentSeconds} seconds: FIZZLED`);
  }
}

function tellRound(round: UpkeepRound, log: Log): void {
  if (round === null) {
    log.info('another process is doing upkeep now');
    return;
  }
  for (const { launchId, fwId, reran } of round.lost) {
    log.warn(`Launch ${launchId} of Firework ${fwId} is lost: ${reran ? 'it runs again' : 'FIZZLED'}`);
  }
  if (round.released.length > 0)
    log.info(`Given back, since they were never started: ${round.released.join(', ')}`);
  log.info(
    `Upkeep: ${round.lost.length} Launches lost, ${round.released.length} released, ${round.told.length} journals told, ${round.finished} half-done changes finished`,
  );
}
