import { join } from 'node:path';
import { integer } from '../../command-line/option.ts';
import type { LpadCommand } from '../context.ts';
import { quoted, readCrontab, withEntry, writeCrontab } from '../crontab.ts';

const minutes = integer('--minutes', 'N', {
  describe: 'how often, in minutes',
  fallback: 5,
  minimum: 1,
});

export const command: LpadCommand = {
  options: [minutes],
  async run(line, { surroundings, log }) {
    const { directory } = surroundings;
    const logFile = join(directory, 'recover_offline.log');
    const program = [process.execPath, process.argv[1] ?? 'lpad'].map(quoted).join(' ');
    const command = `${program} recover_offline >>${quoted(logFile)} 2>&1`;
    writeCrontab(withEntry(readCrontab(), { directory, command, minutes: line.value(minutes) }));
    log.info(
      `cron runs "lpad recover_offline" in ${directory} every ${line.value(minutes)} minutes; it logs to ${logFile}`,
    );
    return 0;
  },
};
