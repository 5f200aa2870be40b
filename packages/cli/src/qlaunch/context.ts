import { fullPath } from '@skyrocket/client/config-search';
import type { CommandLine } from '../command-line/command-line.ts';
import { flag, integer, type Option, text } from '../command-line/option.ts';
import { usageError } from '../command-line/usage-error.ts';
import { commonOptions, fworkerFile } from '../program/common-options.ts';
import { type Setup, setUp } from '../program/setup.ts';
import { type Remote, readRemote, remoteOptions } from './remote-options.ts';

const queueAdapterFile = text(
  '-q --queueadapter_file',
  'FILE',
  'the batch system and its jobs (else my_qadapter.yaml is sought)',
);
const reserve = flag('-r --reserve', 'reserve a Firework for each job, which then runs that one');
const fillMode = flag('-fm --fill_mode', 'submit jobs also when nothing is READY');
const launchDir = text(
  '--launch_dir',
  'DIR',
  'where jobs are submitted from (default: the current directory)',
);
const blockDir = text(
  '--block_dir',
  'NAME',
  'the block_... directory of the jobs (else the newest, or a new one)',
);
const daemon = integer('-d --daemon', 'S', {
  describe: 'repeat the command for ever, with a pause of so many seconds; 0: once',
  fallback: 0,
});
const dryRun = flag('--dry-run', 'print the script of the job instead of submitting it');

/** Options of qlaunch before its subcommand. */
export const programOptions: readonly Option<unknown>[] = [
  ...Object.values(commonOptions),
  fworkerFile,
  ...[queueAdapterFile, reserve, fillMode, launchDir, blockDir, daemon, dryRun],
  ...Object.values(remoteOptions),
];

/** What every way to submit jobs starts from. */
export interface QlaunchContext extends Setup {
  mode: 'plain' | 'reserve' | 'fill';
  /** Absolute. */
  launchDir: string;
  blockDir: string | null;
  daemonSeconds: number;
  dryRun: boolean;
  files: {
    fworkerFile: string | null;
    queueAdapterFile: string | null;
  };
  /** Null: jobs are submitted from this host. */
  remote: Remote | null;
}

/** @throws SkyrocketError BAD_USAGE, BAD_CONFIGURATION */
export async function beginQlaunch(line: CommandLine): Promise<QlaunchContext> {
  if (line.value(reserve) && line.value(fillMode)) {
    throw usageError(
      '-fm/--fill_mode and -r/--reserve exclude each other: a reservation needs a READY Firework',
    );
  }
  const block = line.value(blockDir);
  if (block !== null && !/^block_[^/]+$/.test(block)) {
    throw usageError(`--block_dir: "${block}" is not a name that begins with block_`);
  }
  const setup = await setUp(line, 'queue_launcher');
  const directory = fullPath(line.value(launchDir) ?? '.', setup.surroundings);
  return {
    ...setup,
    mode: line.value(reserve) ? 'reserve' : line.value(fillMode) ? 'fill' : 'plain',
    launchDir: directory,
    blockDir: block,
    daemonSeconds: line.value(daemon),
    dryRun: line.value(dryRun),
    files: {
      fworkerFile: line.value(fworkerFile),
      queueAdapterFile: line.value(queueAdapterFile),
    },
    remote: readRemote(line, setup),
  };
}
