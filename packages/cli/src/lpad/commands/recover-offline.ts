import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import type { OfflineRun } from '@skyrocket/contract/offline';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { Recovery } from '@skyrocket/worker/offline/recovering';
import type { CommandLine } from '../../command-line/command-line.ts';
import { flag, type Option, text } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import { repeatUntilStopped } from '../../program/repeat-until-stopped.ts';
import { readConfiguredFWorker } from '../../program/setup.ts';
import type { LpadCommand, LpadContext } from '../context.ts';

const ignoreErrors = flag('-i --ignore_errors', 'exit with 0 also when files of some runs cannot be read');
const fworkerFile = text(
  '-w --fworker_file',
  'FILE',
  'only runs of the FWorker of this my_fworker.yaml; "" is all (default: all)',
);
const printErrors = flag('-pe --print-errors', 'accepted for FireWorks: errors are told always');
const every: Option<number | null> = {
  ...{ flags: ['--every'], metavar: 'TIME', arity: 'one' },
  describe: 'do it again and again, with pauses of so long (30s, 5m, 1h), until it is stopped',
  read: (words) => (words?.[0] === undefined ? null : readPause(words[0])),
};

function readPause(word: string): number {
  const match = /^(\d{1,6})([smh]?)$/.exec(word);
  const seconds = Number(match?.[1] ?? 0) * ({ s: 1, m: 60, h: 3600 }[match?.[2] ?? ''] ?? 1);
  if (seconds > 0) return seconds;
  throw usageError(`--every: "${word}" is not a time like 30s, 5m or 1h`);
}

export const command: LpadCommand = {
  options: [ignoreErrors, fworkerFile, printErrors, every],
  async run(line, context) {
    const fworker = await fworkerOf(line, context);
    const seconds = line.value(every);
    if (seconds !== null) return recoverUntilStopped(context, { fworker, seconds });
    const { failed } = await recoverOnce(context, fworker);
    return failed.length > 0 && !line.value(ignoreErrors) ? 1 : 0;
  },
};

async function fworkerOf(line: CommandLine, context: LpadContext): Promise<string | null> {
  const file = line.value(fworkerFile);
  if (file === null || file === '') return null;
  const { fworker } = await readConfiguredFWorker(context, file);
  return fworker.name;
}

async function recoverOnce(context: LpadContext, fworker: string | null): Promise<Recovery> {
  const { recoverOffline } = await import('@skyrocket/worker/offline/recovering');
  const { tendChains } = await import('../../qlaunch/tend-chains.ts');
  const { log } = context;
  const launchpad = await context.launchpad();
  const recovery = await recoverOffline({ launchpad, log, fworker });
  tell(recovery, log);
  if (recovery.open.length > 0) await settleEnded(context, launchpad, recovery.open);
  await tendChains(context, launchpad, fworker);
  return recovery;
}

/** A batch system that does not answer now is asked the next time. */
async function settleEnded(
  context: LpadContext,
  launchpad: LaunchPad,
  open: readonly OfflineRun[],
): Promise<void> {
  const { settleEndedHere } = await import('../explain-here.ts');
  try {
    await settleEndedHere(context, launchpad, open);
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    context.log.error(error.message);
  }
}

/** In the words of FireWorks, and more. */
function tell({ recovered, running, givenBack, failed }: Recovery, log: Log): void {
  if (running.length > 0) log.info(`${running.length} offline runs are RUNNING: ${list(running)}`);
  if (givenBack.length > 0) log.info(`READY again, since their jobs did not run them: ${list(givenBack)}`);
  log.info(`FINISHED recovering offline runs. ${recovered.length} job(s) recovered: ${list(recovered)}`);
  if (failed.length > 0) {
    const fwIds = failed.map(({ fwId }) => fwId);
    log.warn(
      `FAILED to recover offline fw_ids: ${list(fwIds)}; "lpad forget_offline" stops looking for them`,
    );
  }
}

const list = (fwIds: readonly number[]) => `[${fwIds.join(', ')}]`;

/** What goes wrong in one round may go well in the next. */
function recoverUntilStopped(
  context: LpadContext,
  { fworker, seconds }: { fworker: string | null; seconds: number },
): Promise<number> {
  return repeatUntilStopped(seconds, async () => {
    try {
      await recoverOnce(context, fworker);
    } catch (error) {
      context.log.error(error instanceof Error ? error.message : String(error));
    }
  });
}
