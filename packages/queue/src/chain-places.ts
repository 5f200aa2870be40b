import { join } from 'node:path';
import type { StoredChain } from '@skyrocket/contract/chains';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { SkyrocketError } from '@skyrocket/model/errors';
import { isEmpty, readChain } from './chain.ts';
import { folderShelf } from './chain-folder.ts';
import type { ChainShelf } from './chain-store.ts';

/**
 * A chain whose jobs run without the launchpad: its slots and its work are in a folder that all hosts share, and the launchpad
 * knows only where, so that the login node finds it by its name.
 */
export interface OfflineChain {
  name: string;
  /** Absolute. */
  folder: string;
  /** my_fworker.yaml, by which its Fireworks are chosen; null: the default worker. */
  fworkerFile: string | null;
  queueAdapterFile: string;
  /** So many Fireworks a job gets, at most. */
  batch: number;
}

export const slotsFolder = ({ folder }: Pick<OfflineChain, 'folder'>): string => join(folder, 'slots');

/** Null: the launchpad itself keeps the slots of this chain. */
export function offlineChain({ name, state }: StoredChain): OfflineChain | null {
  const { offline } = JSON.parse(state);
  return offline === undefined ? null : { ...offline, name };
}

/** All chains whose jobs run without the launchpad. */
export async function findOfflineChains(launchpad: Pick<LaunchPad, 'findChains'>): Promise<OfflineChain[]> {
  const { chains } = await launchpad.findChains();
  return chains.flatMap((stored) => offlineChain(stored) ?? []);
}

/**
 * Where the slots of a chain are that is there, or is begun now: `offline` says that its jobs run without the launchpad.
 * @throws SkyrocketError NOT_ALLOWED when a chain of this name is of the other kind, or in another folder
 */
export async function openShelf(
  launchpad: LaunchPad,
  name: string,
  offline: OfflineChain | null,
): Promise<ChainShelf> {
  const { chains } = await launchpad.findChains();
  const stored = chains.find((chain) => chain.name === name);
  const known = stored ? offlineChain(stored) : null;
  if (offline === null) {
    if (known) throw taken(name, `one whose jobs run without the launchpad, in ${known.folder}`);
    return launchpad;
  }
  if (known && known.folder !== offline.folder) throw taken(name, `in ${known.folder}`);
  if (stored && !known && !readChain(stored).slots.every(isEmpty))
    throw taken(name, 'one whose jobs reach the launchpad');
  const { name: _, ...place } = offline;
  const state = JSON.stringify({ offline: place });
  if (stored?.state !== state) {
    const { saved } = await launchpad.saveChain({ name, revision: stored?.revision ?? 0, state });
    if (!saved) return openShelf(launchpad, name, offline);
  }
  return folderShelf(name, slotsFolder(offline));
}

/** Where the slots of a chain are that is there, of whatever kind. */
export function shelfOf(launchpad: ChainShelf, stored: StoredChain): ChainShelf {
  const offline = offlineChain(stored);
  return offline === null ? launchpad : folderShelf(stored.name, slotsFolder(offline));
}

function taken(name: string, what: string): SkyrocketError {
  return new SkyrocketError(
    'NOT_ALLOWED',
    `there is a chain ${name} already, ${what}: choose another --name`,
  );
}
