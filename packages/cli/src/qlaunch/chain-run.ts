import { findConfigFile } from '@skyrocket/client/config-search';
import { openBlock } from '@skyrocket/queue/block-directory';
import type { ChainRun } from '@skyrocket/queue/chain-submission';
import { shellQuoted } from '@skyrocket/queue/job-script';
import type { Qlaunch } from '@skyrocket/queue/qlaunch';
import type { QueueAdapter } from '@skyrocket/queue/queue-adapter';
import { text } from '../command-line/option.ts';
import { usageError } from '../command-line/usage-error.ts';
import type { QlaunchContext } from './context.ts';

/** How many launch directories a block of a chain holds. */
const blockSize = 500;

export const chainName = text('--name', 'NAME', 'the name of the chain (default: the name of the worker)');

/** The length of the chain's jobs, which their successors have too. */
export const walltime = text(
  '--walltime',
  'TIME',
  'how long the job may take (default: as my_qadapter.yaml says)',
);

/** A chain with what its jobs are made of. */
export function chainRun(
  qlaunch: Qlaunch,
  context: QlaunchContext,
  chain: { name: string; walltime: string | null },
): ChainRun {
  const { launchDir, blockDir } = context;
  const { stamp } = qlaunch;
  const block = openBlock({ launchDir, named: blockDir, first: 'newest', size: blockSize, stamp });
  const length = chain.walltime === null ? [] : ['--walltime', chain.walltime];
  const words = [...jobWords(context), 'chain_job', ...length, chain.name];
  return {
    qlaunch: { ...qlaunch, adapter: withWalltime(qlaunch.adapter, chain.walltime) },
    name: chain.name,
    block,
    commandOf: (tag) => [...words, tag].map(shellQuoted).join(' '),
  };
}

function withWalltime(adapter: QueueAdapter, time: string | null): QueueAdapter {
  return time === null ? adapter : { ...adapter, values: new Map([...adapter.values, ['walltime', time]]) };
}

/** This program with all that it was told, so that it is told the same on another host and in another directory. */
function jobWords(context: QlaunchContext): string[] {
  const { launchpadFile, launchDir, blockDir, config, files, surroundings } = context;
  const find = (kind: 'fworker' | 'qadapter', named: string | null, located: string | null) => {
    const configDirectory = files.configDirectory ?? config.configDirectory;
    return findConfigFile({ kind, named, configDirectory, located }, surroundings);
  };
  const places = [
    ['-l', launchpadFile.source],
    ['-w', find('fworker', files.fworkerFile, config.fworkerLocation)],
    ['-q', find('qadapter', files.queueAdapterFile, config.queue.adapterLocation)],
    ['--launch_dir', launchDir],
    ['--block_dir', blockDir],
  ] as const;
  const options = places.flatMap(([option, path]) => (path === null ? [] : [option, path]));
  return [process.execPath, process.argv[1] ?? 'qlaunch', ...options];
}

/** @throws SkyrocketError BAD_USAGE: jobs of a chain run whatever they find */
export function refuseReservations({ mode }: QlaunchContext): void {
  if (mode === 'plain') return;
  throw usageError(
    'chains know neither -r/--reserve nor -fm/--fill_mode: their jobs run whatever is READY when they begin',
  );
}
