import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { type Chain, readChain } from './chain.ts';

/** Where a chain is kept: in a launchpad, or in a folder that all hosts share (`chain-folder.ts`). */
export type ChainShelf = Pick<LaunchPad, 'findChains' | 'saveChain'>;

/** Reads a chain; null when there never was one of this name. */
export async function loadChain(shelf: ChainShelf, name: string): Promise<Chain | null> {
  return (await loadStored(shelf, name)).chain;
}

/**
 * Changes a chain by its last revision; asks again while others change it meanwhile. `change` gives null when there is nothing
 * to change; so does this. A change whose answer was lost may be asked for again: it then sees itself.
 */
export async function changeChain(
  shelf: ChainShelf,
  name: string,
  change: (chain: Chain | null) => Chain | null,
): Promise<Chain | null> {
  for (;;) {
    const { chain, revision } = await loadStored(shelf, name);
    const changed = change(chain);
    if (changed === null) return null;
    const { saved } = await shelf.saveChain({ name, revision, state: JSON.stringify(changed) });
    if (saved) return changed;
  }
}

async function loadStored(
  shelf: ChainShelf,
  name: string,
): Promise<{ chain: Chain | null; revision: number }> {
  const { chains } = await shelf.findChains();
  const stored = chains.find((chain) => chain.name === name);
  return stored ? { chain: readChain(stored), revision: stored.revision } : { chain: null, revision: 0 };
}
