import { fwId } from '@skyrocket/model/ids';
import { type Qlaunch, submitPlain, submitReserved } from '@skyrocket/queue/qlaunch';
import { tendJobs } from '@skyrocket/queue/tend-jobs';
import { integer } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import type { Subcommand } from '../../program/subcommand.ts';
import type { QlaunchContext } from '../context.ts';
import { printScript } from '../dry-run.ts';
import { runQlaunch } from '../run-qlaunch.ts';
import { modeWords, runRemote } from '../run-remote.ts';

const firework = integer('-f --fw_id', 'N', {
  describe: 'reserve exactly this Firework, if it is READY (with -r)',
  fallback: null,
  minimum: 1,
});

export const command: Subcommand<QlaunchContext> = {
  options: [firework],
  async run(line, context) {
    const number = line.value(firework);
    const id = number === null ? null : fwId(number);
    if (id !== null && context.mode !== 'reserve') {
      throw usageError('-f/--fw_id needs -r/--reserve: without a reservation a job runs whatever it finds');
    }
    if (context.remote !== null) {
      const only = id === null ? [] : ['--fw_id', String(id)];
      return runRemote(context.remote, context, [...modeWords(context.mode), 'singleshot', ...only]);
    }
    return runQlaunch(context, async (qlaunch) => {
      if (context.dryRun) return printScript(qlaunch, context, id);
      await tendJobs(qlaunch);
      if (!(await submit(qlaunch, context, id))) tellNothing(qlaunch, id);
    });
  },
};

async function submit(
  qlaunch: Qlaunch,
  { mode, launchDir }: QlaunchContext,
  id: ReturnType<typeof fwId> | null,
): Promise<boolean> {
  const place = { directory: launchDir };
  if (mode === 'reserve') return (await submitReserved(qlaunch, place, id)) !== null;
  const { launchpad, fworker } = qlaunch;
  if (mode === 'plain' && !(await launchpad.workFor({ fworker })).ready) return false;
  await submitPlain(qlaunch, place, 1);
  return true;
}

function tellNothing({ log }: Qlaunch, id: number | null): void {
  log.info(
    id === null
      ? 'No jobs exist in the LaunchPad for submission to queue!'
      : `Firework ${id} is not READY, so that no job was submitted`,
  );
}
