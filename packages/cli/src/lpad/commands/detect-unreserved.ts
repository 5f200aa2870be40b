import type { FoundFirework } from '@skyrocket/contract/questions';
import type { LaunchRecord } from '@skyrocket/model/records';
import { epochMilliseconds } from '@skyrocket/model/timestamp';
import { giveReservationsBack } from '@skyrocket/worker/offline/giving-back';
import { flag, integer } from '../../command-line/option.ts';
import { printText } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';
import { tellKept } from './cancel-qid.ts';

const time = integer('--time', 'S', {
  describe: 'how many seconds a reservation may stand (default: RESERVATION_EXPIRATION_SECS, else two weeks)',
  fallback: null,
  minimum: 0,
});
const rerun = flag('--rerun', 'give those reservations back, so that the Fireworks are READY again');

/** Prints the ids of the Launches that are reserved for too long. The queue is not asked. */
export const command: LpadCommand = {
  options: [time, rerun],
  async run(line, context) {
    const launchpad = await context.launchpad();
    const { fireworks } = await launchpad.findFireworks({
      filter: new Map([['state', 'RESERVED']]),
      fields: 'launches',
    });
    const seconds = line.value(time) ?? context.config.reservationExpirationSeconds;
    const horizon = Date.now() - seconds * 1000;
    const launchIds = fireworks.flatMap(reservedLaunches).flatMap((launch) => {
      const since = reservedOn(launch);
      return since !== null && since <= horizon ? [launch.launchId] : [];
    });
    printText(`${JSON.stringify(launchIds)}\n`);
    if (!line.value(rerun) || launchIds.length === 0) return 0;
    const reason = 'The reservation stood for too long.';
    const { cancelled, kept } = await giveReservationsBack(launchpad, launchIds, reason);
    tellKept(kept, context.log);
    context.log.info(`${cancelled.length} reservations were given back`);
    return 0;
  },
};

const reservedLaunches = ({ launchRecords }: FoundFirework): LaunchRecord[] =>
  launchRecords.filter((launch) => launch.state === 'RESERVED');

function reservedOn({ history }: LaunchRecord): number | null {
  const entry = history.findLast(({ state }) => state === 'RESERVED');
  return entry ? epochMilliseconds(entry.updatedOn ?? entry.createdOn) : null;
}
