import { join } from 'node:path';
import { fullPath } from '@skyrocket/client/config-search';
import { shellQuoted } from '@skyrocket/queue/job-script';
import { integer } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import type { LpadCommand, LpadContext } from '../context.ts';
import { readCrontab, withEntry, writeCrontab } from '../crontab.ts';

const minutes = integer('--minutes', 'N', {
  describe: 'how often, in minutes; at most 59',
  fallback: 5,
  minimum: 1,
});

export const command: LpadCommand = {
  options: [minutes],
  async run(line, context) {
    const { surroundings, log } = context;
    const { directory } = surroundings;
    const pause = line.value(minutes);
    if (pause > 59) throw usageError(`--minutes: cron takes 1 to 59 minutes, and not ${pause}`);
    const logFile = join(directory, 'recover_offline.log');
    // cron knows neither where the commands of a batch system are nor what they need: a login shell does.
    const recover = `cd ${shellQuoted(directory)} && ${recoverLine(context)}`;
    const command = `/bin/bash -l -c ${shellQuoted(recover)} >>${shellQuoted(logFile)} 2>&1`;
    writeCrontab(withEntry(readCrontab(), { directory, command, minutes: pause }));
    log.info(
      `cron runs "lpad recover_offline" in ${directory} every ${pause} minutes; it logs to ${logFile}`,
    );
    return 0;
  },
};

/** This program with the configuration that it was told. */
function recoverLine({ surroundings, config, launchpadFile: { source } }: LpadContext): string {
  const launchpad = source === null ? [] : ['-l', source];
  const files = [...launchpad, '-c', fullPath(config.configDirectory, surroundings)];
  const words = [process.execPath, process.argv[1] ?? 'lpad', ...files];
  return `${words.map(shellQuoted).join(' ')} recover_offline`;
}
