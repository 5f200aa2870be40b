import { fwId } from '@skyrocket/model/ids';
import { integerList } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import { printText } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';
import { refuseUnknownIds } from '../selection.ts';

const fireworks = integerList('-i --fw_id', 'FW_ID[,FW_ID...]', 'these fw_ids, separated by commas');

/** Prints the id of the queue job of each Firework in a line, `None` for one without. */
export const command: LpadCommand = {
  options: [fireworks],
  async run(line, context) {
    const ids = line.value(fireworks)?.map(fwId);
    if (ids === undefined) throw usageError('which Fireworks? name them with -i');
    const launchpad = await context.launchpad();
    await refuseUnknownIds(launchpad, ids);
    const { fireworks: found } = await launchpad.findFireworks({ fwIds: ids, fields: 'launches' });
    const jobs = ids.map((id) => {
      const launches = found.find((firework) => firework.fwId === id)?.launchRecords ?? [];
      const entries = launches.flatMap((launch) => launch.history);
      return entries.findLast((entry) => entry.reservationId !== undefined)?.reservationId ?? 'None';
    });
    printText(jobs.map((job) => `${job}\n`).join(''));
    return 0;
  },
};
