import { SkyrocketError } from '@skyrocket/model/errors';
import type { FwId } from '@skyrocket/model/ids';
import { workerFilter } from '@skyrocket/model/worker-filter';
import { jobScript } from '@skyrocket/queue/job-script';
import { type Qlaunch, reservedScript } from '@skyrocket/queue/qlaunch';
import { printText } from '../program/subcommand.ts';
import type { QlaunchContext } from './context.ts';

/**
 * Prints the script that would be submitted, and changes nothing: in reservation mode that of the Firework that is named, or
 * of one that is READY; without any, and in the other modes, that of a job that runs whatever it finds.
 */
export async function printScript(
  qlaunch: Qlaunch,
  context: QlaunchContext,
  fwId: FwId | null,
): Promise<void> {
  const { launchDir } = context;
  const firework = context.mode === 'reserve' ? await findFirework(qlaunch, fwId) : null;
  const text =
    firework === null
      ? jobScript(qlaunch.adapter, { directory: launchDir, jobName: null, options: '' })
      : reservedScript(qlaunch, firework, launchDir);
  printText(text);
}

async function findFirework({ launchpad, fworker }: Qlaunch, fwId: FwId | null) {
  const ready = { filter: new Map([...workerFilter(fworker), ['state', 'READY']]), limit: 1 } as const;
  const wanted = fwId === null ? ready : { fwIds: [fwId] };
  const [firework = null] = (await launchpad.findFireworks({ ...wanted, fields: 'all' })).fireworks;
  if (firework === null && fwId !== null) {
    throw new SkyrocketError('NOT_FOUND', `there is no Firework ${fwId} in the launchpad`);
  }
  return firework;
}
