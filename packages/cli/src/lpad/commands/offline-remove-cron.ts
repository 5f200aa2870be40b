import type { LpadCommand } from '../context.ts';
import { readCrontab, withoutEntry, writeCrontab } from '../crontab.ts';

export const command: LpadCommand = {
  options: [],
  async run(_line, { surroundings, log }) {
    const { directory } = surroundings;
    const crontab = readCrontab();
    const without = withoutEntry(crontab, directory);
    if (without === crontab) {
      log.info(`cron does not run "lpad recover_offline" in ${directory}; nothing was changed`);
      return 0;
    }
    writeCrontab(without);
    log.info(`cron does not run "lpad recover_offline" in ${directory} any more`);
    return 0;
  },
};
