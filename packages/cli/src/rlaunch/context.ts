import type { CommandLine } from '../command-line/command-line.ts';
import type { Option } from '../command-line/option.ts';
import { commonOptions, fworkerFile } from '../program/common-options.ts';
import { type Setup, setUp } from '../program/setup.ts';

/** Options of rlaunch before its subcommand, and of mlaunch. */
export const programOptions: readonly Option<unknown>[] = [...Object.values(commonOptions), fworkerFile];

/** What every way to run Fireworks starts from. */
export interface WorkerContext extends Setup {
  /** What `-w` names. */
  fworkerFile: string | null;
}

/** @throws SkyrocketError BAD_CONFIGURATION */
export async function beginWorker(line: CommandLine): Promise<WorkerContext> {
  return { ...(await setUp(line, 'rocket_launcher')), fworkerFile: line.value(fworkerFile) };
}
