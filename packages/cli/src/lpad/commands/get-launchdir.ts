import { SkyrocketError } from '@skyrocket/model/errors';
import { fwId } from '@skyrocket/model/ids';
import { integer, integerArgument } from '../../command-line/option.ts';
import { printText } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';
import { refuseUnknownIds } from '../selection.ts';

const firework = integerArgument('FW_ID', 'the Firework');
const launchIndex = integer('--launch_idx', 'N', {
  describe: 'which of its active Launches: 0 is the first, -1 the last',
  fallback: -1,
  minimum: Number.NEGATIVE_INFINITY,
});

/** Prints a bare path, for `cd $(lpad get_launchdir 1)`; `None` for a Firework that has not run. */
export const command: LpadCommand = {
  options: [launchIndex],
  positionals: [firework],
  async run(line, context) {
    const id = fwId(line.value(firework));
    const launchpad = await context.launchpad();
    const { fireworks } = await launchpad.findFireworks({ fwIds: [id], fields: 'launches' });
    const [found] = fireworks;
    if (!found) await refuseUnknownIds(launchpad, [id]);
    const launches = found?.launchRecords ?? [];
    const index = line.value(launchIndex);
    const launch = launches.at(index);
    if (!launch && launches.length > 0) {
      throw new SkyrocketError(
        'NOT_FOUND',
        `Firework ${id} has ${launches.length} active Launches, and none has the index ${index}`,
      );
    }
    printText(`${launch?.launchDir ?? 'None'}\n`);
    return 0;
  },
};
