import { randomUUID } from 'node:crypto';
import { changeOptions, fireworksToChange } from '../change-fireworks.ts';
import type { LpadCommand } from '../context.ts';

export const command: LpadCommand = {
  options: changeOptions,
  async run(line, context) {
    const fwIds = await fireworksToChange(line, context);
    const launchpad = await context.launchpad();
    const { forgotten } = await launchpad.forgetOffline({ key: randomUUID(), fwIds });
    context.log.info(
      `Finished forgetting offline runs of ${forgotten.length} Fireworks: [${forgotten.join(', ')}]`,
    );
    return 0;
  },
};
