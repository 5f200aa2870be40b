import { randomUUID } from 'node:crypto';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { LostLaunchFound } from '@skyrocket/contract/maintenance';
import type { FoundFirework } from '@skyrocket/contract/questions';
import type { FwId } from '@skyrocket/model/ids';
import { secondsBetween } from '@skyrocket/model/timestamp';
import type { CommandLine } from '../../command-line/command-line.ts';
import { choice, flag, integer, text } from '../../command-line/option.ts';
import { printDocument, printText } from '../../output/output.ts';
import type { LpadCommand, LpadContext } from '../context.ts';
import { displayFormats } from '../display-options.ts';
import { fireworkFields } from '../firework-display.ts';
import { printFireworks } from '../print-fireworks.ts';
import { filterOf } from '../selection.ts';
import { idsText, tellDecision } from '../tell-decision.ts';

const seconds = (flags: string, describe: string) =>
  integer(flags, 'S', { describe, fallback: null, minimum: 0 });

const options = {
  time: seconds(
    '--time',
    'lost is what was not heard of for so many seconds (default: RUN_EXPIRATION_SECS, else 14400)',
  ),
  fizzle: flag('--fizzle', 'make lost Launches FIZZLED'),
  rerun: flag('--rerun', 'make them FIZZLED and run their Fireworks again'),
  refresh: flag('--refresh', 'bring inconsistent Fireworks to the state of their Launches'),
  maxRuntime: seconds(
    '--max_runtime',
    'only Launches that had run for at most so many seconds when last heard of',
  ),
  minRuntime: seconds(
    '--min_runtime',
    'only Launches that had run for at least so many seconds when last heard of',
  ),
  query: text('-q --query', 'QUERY', 'only Fireworks that match this MongoDB filter'),
  launchQuery: text('-lq --launch_query', 'QUERY', 'only Launches that match this MongoDB filter'),
  format: choice(
    '-d --display_format',
    [...displayFormats, 'none'],
    'also show the lost Fireworks (default: none)',
  ),
};

/** Launches of our own workers are lost when their lease has ended; then upkeep declares it by itself. */
export const command: LpadCommand = {
  options: Object.values(options),
  exclusive: [[options.fizzle, options.rerun]],
  async run(line, context) {
    const launchpad = await context.launchpad();
    const silentSeconds = line.value(options.time) ?? context.config.runExpirationSeconds;
    const found = await launchpad.findLostRuns({ silentSeconds });
    const fireworks = await holders(launchpad, line, found.launches);
    const held = new Set(fireworks.flatMap((firework) => firework.launches));
    const lost = found.launches.filter((launch) => held.has(launch.launchId) && ranAsAsked(launch, line));
    const lostIds = new Set(lost.map(({ launchId }) => launchId));
    const lostFireworks = fireworks.filter(({ launchRecords }) =>
      launchRecords.every(({ launchId, state }) => state === 'FIZZLED' || lostIds.has(launchId)),
    );
    await tell(context, { lost, lostFireworks, inconsistent: found.inconsistent });
    const format = line.value(options.format) ?? 'none';
    if (format !== 'none') {
      const shown = { count: lostFireworks.length, fireworks: lostFireworks };
      await printFireworks(shown, format, context.output);
    }
    await mend(line, context, { silentSeconds, lost, inconsistent: found.inconsistent });
    return 0;
  },
};

/** The Fireworks of lost Launches, as far as they are asked for. */
async function holders(
  launchpad: LaunchPad,
  line: CommandLine,
  lost: LostLaunchFound[],
): Promise<FoundFirework[]> {
  if (lost.length === 0) return [];
  const filter = await filterOf({ state: null, query: line.value(options.query) });
  const launchFilter = await filterOf({ state: null, query: line.value(options.launchQuery) });
  const format = line.value(options.format) ?? 'none';
  const { fireworks } = await launchpad.findFireworks({
    fwIds: lost.map(({ fwId }) => fwId),
    ...(filter && { filter }),
    ...(launchFilter && { launchFilter }),
    fields: format !== 'none' && fireworkFields(format) === 'all' ? 'all' : 'launches',
  });
  return fireworks;
}

function ranAsAsked({ startedOn, heardOn }: LostLaunchFound, line: CommandLine): boolean {
  const ran = secondsBetween(startedOn, heardOn);
  const [least, most] = [line.value(options.minRuntime), line.value(options.maxRuntime)];
  return ran >= (least ?? Number.NEGATIVE_INFINITY) && ran <= (most ?? Number.POSITIVE_INFINITY);
}

interface Findings {
  lost: LostLaunchFound[];
  lostFireworks: FoundFirework[];
  inconsistent: FwId[];
}

async function tell({ output, log }: LpadContext, findings: Findings): Promise<void> {
  const ids: [key: string, title: string, ids: number[]][] = [
    ['lost_launches', 'lost Launches', findings.lost.map(({ launchId }) => launchId)],
    ['lost_fws', 'lost Fireworks', findings.lostFireworks.map(({ fwId }) => fwId)],
    ['inconsistent_fws', 'inconsistent Fireworks', findings.inconsistent],
  ];
  if (output === 'table') printText(ids.map(([, title, found]) => `${found.length} ${title}\n`).join(''));
  else await printDocument(new Map(ids.map(([key, , found]) => [key, found.length])), output);
  for (const [, title, found] of ids) if (found.length > 0) log.info(`${title}: ${idsText(found)}`);
}

async function mend(
  line: CommandLine,
  { launchpad, log }: LpadContext,
  { silentSeconds, lost, inconsistent }: Omit<Findings, 'lostFireworks'> & { silentSeconds: number },
): Promise<void> {
  const target = await launchpad();
  const [fizzles, reruns] = [line.value(options.fizzle), line.value(options.rerun)];
  if ((fizzles || reruns) && lost.length > 0) {
    const declared = await target.declareLost({
      key: randomUUID(),
      silentSeconds,
      launchIds: lost.map(({ launchId }) => launchId),
      afterwards: reruns ? 'rerun' : 'stop',
    });
    for (const { launchId, fwId, reran } of declared.lost) {
      log.info(`Launch ${launchId} of Firework ${fwId} is lost: ${reran ? 'it runs again' : 'FIZZLED'}`);
    }
  } else if (lost.length > 0) {
    log.info('nothing was changed: --fizzle makes them FIZZLED, --rerun also runs their Fireworks again');
  }
  if (inconsistent.length === 0) return;
  if (line.value(options.refresh)) {
    tellDecision(await target.refresh({ key: randomUUID(), fwIds: inconsistent }), 'refreshing', log);
  } else log.info('--refresh brings inconsistent Fireworks to the state of their Launches');
}
