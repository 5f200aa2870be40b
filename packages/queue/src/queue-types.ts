import type { BatchSystem } from './batch-system.ts';
import { cobalt } from './systems/cobalt.ts';
import { flux } from './systems/flux.ts';
import { gridEngine } from './systems/grid-engine.ts';
import { loadLeveler } from './systems/load-leveler.ts';
import { lsf } from './systems/lsf.ts';
import { moab } from './systems/moab.ts';
import { pbs } from './systems/pbs.ts';
import { slurm } from './systems/slurm.ts';

/** Batch systems by `_fw_q_type`; Flux is ours. */
export const batchSystems = {
  SLURM: slurm,
  PBS: pbs,
  SGE: gridEngine,
  Cobalt: cobalt,
  LoadLeveler: loadLeveler,
  LoadSharingFacility: lsf,
  MOAB: moab,
  Flux: flux,
} as const satisfies Record<string, BatchSystem>;

export type QueueType = keyof typeof batchSystems;

export function isQueueType(word: string): word is QueueType {
  return Object.hasOwn(batchSystems, word);
}
