import type { Chain } from '@skyrocket/queue/chain';
import { type ListedChain, listChains } from '@skyrocket/queue/chain-control';
import { openConfiguredLaunchPad } from '../../program/setup.ts';
import type { Subcommand } from '../../program/subcommand.ts';
import { printText } from '../../program/subcommand.ts';
import { refuseOptionsOfOthers } from '../chain-run.ts';
import type { QlaunchContext } from '../context.ts';

/** Prints a line for each chain: its name, how it is, and its jobs. */
export const command: Subcommand<QlaunchContext> = {
  options: [],
  async run(_line, context) {
    refuseOptionsOfOthers(context);
    const launchpad = await openConfiguredLaunchPad(context);
    try {
      const chains = await listChains(launchpad);
      return printText(chains.map(lineOf).join(''));
    } finally {
      await launchpad.close();
    }
  },
};

function lineOf({ name, chain, folder }: ListedChain): string {
  const how = chain === null ? `not begun` : describe(chain);
  return `${name}: ${how}${folder === null ? '' : `; without the launchpad, in ${folder}`}\n`;
}

function describe({ slots, size, stopped, failures, lastFailure }: Chain): string {
  const jobs = (place: 'running' | 'pending') =>
    slots.flatMap((slot) => (slot[place] === null ? [] : [slot[place].jobId ?? '?']));
  const [running, pending] = [jobs('running'), jobs('pending')];
  const list = (ids: string[]) => (ids.length === 0 ? 'none' : ids.join(' '));
  const isOver = running.length + pending.length === 0;
  const how = stopped !== null ? `stopped (${stopped})` : isOver ? 'over' : 'going on';
  const failed = failures === 0 ? '' : `; ${failures} jobs failed, the last one so: ${lastFailure}`;
  return `${how}; ${size} slots; running: ${list(running)}; pending: ${list(pending)}${stopped === null ? failed : ''}`;
}
