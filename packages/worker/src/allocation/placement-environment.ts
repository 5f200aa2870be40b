import type { Allocation } from './allocation.ts';
import type { Placement } from './packing.ts';

/** The cores that a command or a Python process is bound to: `0,1,8`. */
export const coresVariable = 'SKYROCKET_SLOT_CORES';

/** How tasks are told that they have all nodes of the allocation; they reach the other ones by themselves (`srun`, `mpirun`). */
export function spanningEnvironment(cores: number, { nodes }: Allocation): Record<string, string> {
  return { SKYROCKET_SLOT_PROCESSORS: String(cores), SKYROCKET_SLOT_NODES: nodes.join(',') };
}

/** How tasks are told their part of the allocation; Python Firetasks find it in FWData of FireWorks too. */
export function placementEnvironment(
  { cores, coreIds, gpuIds }: Placement,
  { gpus }: Allocation,
): Record<string, string> {
  return {
    SKYROCKET_SLOT_PROCESSORS: String(cores),
    OMP_NUM_THREADS: String(cores),
    ...(coreIds && { [coresVariable]: coreIds.join(',') }),
    // An empty list hides those of others.
    ...(gpus.length > 0 && { CUDA_VISIBLE_DEVICES: gpuIds.join(',') }),
  };
}
