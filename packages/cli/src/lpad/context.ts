import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { CommandLine } from '../command-line/command-line.ts';
import { type OutputFormat, outputFormat } from '../output/output.ts';
import { openConfiguredLaunchPad, type Setup, setUp } from '../program/setup.ts';
import type { Subcommand } from '../program/subcommand.ts';

/** What every subcommand of lpad gets. */
export interface LpadContext extends Setup {
  output: OutputFormat;
  /** The launchpad of the configuration; opened when it is first asked for. */
  launchpad(): Promise<LaunchPad>;
  /** Closes it, if it was opened. */
  close(): Promise<void>;
}

export type LpadCommand = Subcommand<LpadContext>;

export async function beginLpad(line: CommandLine, asked: 'json' | 'yaml' | null): Promise<LpadContext> {
  const setup = await setUp(line, 'launchpad');
  let opened: Promise<LaunchPad> | null = null;
  return {
    ...setup,
    output: outputFormat(asked),
    launchpad() {
      opened ??= openConfiguredLaunchPad(setup);
      return opened;
    },
    async close() {
      // One that could not be opened was told already.
      const launchpad = await opened?.catch(() => null);
      await launchpad?.close();
    },
  };
}

export const endLpad = (context: LpadContext): Promise<void> => context.close();
