import { changeOptions, fireworksToChange } from '../change-fireworks.ts';
import type { LpadCommand } from '../context.ts';

export const command: LpadCommand = {
  options: changeOptions,
  async run(line, context) {
    const fwIds = await fireworksToChange(line, context);
    const { forgotten } = await (await context.launchpad()).forgetOffline({ fwIds });
    context.log.info(
      `Finished forgetting offline runs of ${forgotten.length} Fireworks: [${forgotten.join(', ')}]`,
    );
    return 0;
  },
};
