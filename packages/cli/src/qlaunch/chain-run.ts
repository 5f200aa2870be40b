import { join } from 'node:path';
import { findConfigFile } from '@skyrocket/client/config-search';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { openBlock } from '@skyrocket/queue/block-directory';
import { folderShelf } from '@skyrocket/queue/chain-folder';
import { type OfflineChain, openShelf, slotsFolder } from '@skyrocket/queue/chain-places';
import { type ChainRun, chainScript } from '@skyrocket/queue/chain-submission';
import { shellQuoted } from '@skyrocket/queue/job-script';
import { chainPrefix, prefixOf } from '@skyrocket/queue/job-tags';
import { isOffline, type JobMaking, type Qlaunch } from '@skyrocket/queue/qlaunch';
import type { QueueAdapter } from '@skyrocket/queue/queue-adapter';
import { workIn } from '@skyrocket/worker/offline/batches';
import { text } from '../command-line/option.ts';
import { usageError } from '../command-line/usage-error.ts';
import { printText } from '../program/subcommand.ts';
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

export interface ChainOptions {
  name: string;
  /** Null: as my_qadapter.yaml says. */
  walltime: string | null;
}

/** The launchpad that notes for which worker a chain is: those with a token that is bound to it may look after it. */
function forWorker({ launchpad, fworker }: Pick<Qlaunch, 'launchpad' | 'fworker'>): LaunchPad {
  return {
    ...launchpad,
    saveChain: (request) => launchpad.saveChain({ ...request, fworker: fworker.name }),
  };
}

/** A chain whose jobs reach the launchpad. @throws SkyrocketError NOT_ALLOWED when there is one of this name that do not */
export async function chainRun(
  qlaunch: Qlaunch,
  context: QlaunchContext,
  chain: ChainOptions,
): Promise<ChainRun> {
  const { launchpad, launchpadId, fworker } = qlaunch;
  return {
    ...jobsWithLaunchPad(qlaunch, context, chain),
    shelf: await openShelf(forWorker(qlaunch), chain.name, null),
    prefix: chainPrefix(launchpadId, chain.name),
    workFor: () => launchpad.workFor({ fworker }),
  };
}

/** A chain whose jobs run without the launchpad, as it is looked after on the login node. @throws as `chainRun` */
export async function offlineChainRun(
  qlaunch: Qlaunch,
  context: QlaunchContext,
  chain: ChainOptions & { offline: OfflineChain },
): Promise<ChainRun> {
  const { offline } = chain;
  const shelf = await openShelf(forWorker(qlaunch), chain.name, offline);
  const prefix = chainPrefix(qlaunch.launchpadId, chain.name);
  return { ...jobsWithFolder(qlaunch, context, { ...chain, folder: offline.folder }), shelf, prefix };
}

/** The same, as one of its jobs sees it: by its folder. */
export function offlineJobRun(
  making: JobMaking,
  context: QlaunchContext,
  job: ChainOptions & { folder: string; tag: string },
): ChainRun {
  const shelf = folderShelf(job.name, slotsFolder(job));
  return { ...jobsWithFolder(making, context, job), shelf, prefix: prefixOf(job.tag) };
}

const jobsWithLaunchPad = (making: JobMaking, context: QlaunchContext, chain: ChainOptions) =>
  jobsOfChain(making, context, chain, { source: ['-l', context.launchpadFile.source], words: [] });

function jobsWithFolder<Making extends JobMaking>(
  making: Making,
  context: QlaunchContext,
  chain: ChainOptions & { folder: string },
) {
  const { folder } = chain;
  return {
    ...jobsOfChain(making, context, chain, { source: null, words: ['--offline', folder] }),
    workFor: async () => workIn(folder),
  };
}

/** Prints the script of a job of a chain, with a tag that none will have, and changes nothing. */
export function printChainScript(qlaunch: Qlaunch, context: QlaunchContext, chain: ChainOptions): void {
  const offline = offlineChainOf(qlaunch, context, { name: chain.name, batch: 1 });
  const tag = `${chainPrefix(qlaunch.launchpadId, chain.name)}0`;
  const jobs =
    offline === null
      ? jobsWithLaunchPad(qlaunch, context, chain)
      : jobsWithFolder(qlaunch, context, { ...chain, folder: offline.folder });
  printText(chainScript(jobs, tag, context.launchDir));
}

/** What the launchpad is to know of a chain whose jobs do without it; null: the jobs of this adapter need it. */
export function offlineChainOf(
  { adapter }: Qlaunch,
  context: QlaunchContext,
  { name, batch }: { name: string; batch: number },
): OfflineChain | null {
  if (!isOffline(adapter)) return null;
  const { fworker, qadapter } = configFiles(context);
  const folder = join(context.launchDir, `chain_${encodeURIComponent(name)}`);
  return { name, folder, fworkerFile: fworker, queueAdapterFile: qadapter ?? '', batch };
}

function jobsOfChain(
  making: JobMaking,
  context: QlaunchContext,
  chain: ChainOptions,
  place: { source: readonly [string, string | null] | null; words: readonly string[] },
): Pick<ChainRun, 'qlaunch' | 'name' | 'block' | 'commandOf'> {
  const { launchDir, blockDir } = context;
  const { stamp } = making;
  const block = openBlock({ launchDir, named: blockDir, first: 'newest', size: blockSize, stamp });
  const length = chain.walltime === null ? [] : ['--walltime', chain.walltime];
  const words = [...programWords(context, place.source), 'chain_job', ...length, ...place.words, chain.name];
  return {
    qlaunch: { ...making, adapter: withWalltime(making.adapter, chain.walltime) },
    name: chain.name,
    block,
    commandOf: (tag) => [...words, tag].map(shellQuoted).join(' '),
  };
}

function withWalltime(adapter: QueueAdapter, time: string | null): QueueAdapter {
  return time === null ? adapter : { ...adapter, values: new Map([...adapter.values, ['walltime', time]]) };
}

function configFiles({ config, files, surroundings }: QlaunchContext) {
  const find = (kind: 'fworker' | 'qadapter', named: string | null, located: string | null) => {
    const { configDirectory } = config;
    return findConfigFile({ kind, named, configDirectory, located }, surroundings);
  };
  return {
    fworker: find('fworker', files.fworkerFile, config.fworkerLocation),
    qadapter: find('qadapter', files.queueAdapterFile, config.queue.adapterLocation),
  };
}

/** This program with all that it was told, so that it is told the same on another host and in another directory. */
function programWords(context: QlaunchContext, launchpad: readonly [string, string | null] | null): string[] {
  const { launchDir, blockDir } = context;
  const { fworker, qadapter } = configFiles(context);
  const places: (readonly [string, string | null])[] = [
    ...(launchpad === null ? [] : [launchpad]),
    ['-w', fworker],
    ['-q', qadapter],
    ['--launch_dir', launchDir],
    ['--block_dir', blockDir],
  ];
  const options = places.flatMap(([option, path]) => (path === null ? [] : [option, path]));
  return [process.execPath, process.argv[1] ?? 'qlaunch', ...options];
}

/** @throws SkyrocketError BAD_USAGE for options that other subcommands take */
export function refuseOptionsOfOthers({ mode, remote }: QlaunchContext): void {
  if (remote !== null) {
    throw usageError(
      '-rh/--remote_host goes with singleshot and rapidfire: look after a chain where its jobs are submitted',
    );
  }
  if (mode === 'plain') return;
  throw usageError(
    'chains know neither -r/--reserve nor -fm/--fill_mode: their jobs run whatever is READY when they begin',
  );
}
