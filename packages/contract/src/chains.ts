/** Jobs of batch systems that submit their successors. */
export interface Chains {
  /** The chains of jobs, by name. */
  findChains(): Promise<{ chains: StoredChain[] }>;
  /** Keeps a chain if nobody changed it meanwhile; its revision becomes the next one. */
  saveChain(request: SaveChain): Promise<{ saved: boolean }>;
}

/** Jobs that submit their successors. What is in it is the business of `queue`; a launchpad only keeps it. */
export interface StoredChain {
  name: string;
  /** Counts the changes, from 1. */
  revision: number;
  /** JSON. */
  state: string;
  /** For which FWorker its jobs were to run, and the worker's token by which it was made, as the first save told. */
  fworker?: string;
  owner?: string;
}

export interface SaveChain {
  name: string;
  /** The one that was seen; 0: there is to be no such chain yet. */
  revision: number;
  state: string;
  /** Kept by the first save only. A server sets `owner` itself. */
  fworker?: string;
  owner?: string;
}
