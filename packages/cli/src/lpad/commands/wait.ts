import { fwId } from '@skyrocket/model/ids';
import type { UserValue } from '@skyrocket/model/user-data';
import { integer, integerList } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import { printDocument } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';
import { countsText, exitCodeOf, followWorkflows, type Standing } from '../following.ts';

const fwIds = integerList('-i --fw_id', 'FW_ID[,FW_ID...]', 'the Workflows that hold these fw_ids (needed)');
const timeout = integer('--timeout', 'SECONDS', {
  describe: 'wait no longer (default: until they have ended)',
  fallback: null,
});

export const command: LpadCommand = {
  options: [fwIds, timeout],
  async run(line, { log, launchpad, output }) {
    const ids = line.value(fwIds);
    if (ids === null) throw usageError('lpad wait: say with -i which Workflows to wait for');
    const seconds = line.value(timeout);
    const until = seconds === null ? new AbortController().signal : AbortSignal.timeout(seconds * 1000);
    let last: Standing | null = null;
    const request = {
      launchpad: await launchpad(),
      fwIds: [...new Set(ids)].map(fwId),
      log,
      until,
    };
    for await (const standing of followWorkflows(request)) last = standing;
    const end = last?.end ?? 'timeout';
    if (last) log.info(`${end === 'timeout' ? 'not ended yet' : end}: ${countsText(last)}`);
    if (output !== 'table') {
      await printDocument(
        new Map<string, UserValue>([
          ['end', end],
          ['states', new Map<string, UserValue>(last?.counts)],
        ]),
        output,
      );
    }
    return exitCodeOf[end];
  },
};
