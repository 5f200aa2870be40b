import type { BatchJob } from '@skyrocket/contract/agents';
import type { WalltimeDialect } from '@skyrocket/model/walltime';

/** The part of a machine, and of time, that this worker may use. */
export interface Allocation {
  system: 'slurm' | 'gridengine' | 'pbs' | 'lsf' | null;
  jobId: string | null;
  /** How often the batch system began the job anew, after it was requeued. */
  restarts: number;
  /** Of the whole job or, in a step of Slurm, of the step; this worker is on one of them. Empty outside of a job. */
  nodes: string[];
  /** On this node. */
  cores: number;
  /** On all nodes together. */
  totalCores: number;
  /**
   * Numbers of these cores as the kernel counts them, for pinning; null where it is not known which ones are ours alone.
   */
  coreIds: number[] | null;
  /** MiB on this node; null: not known. */
  memory: number | null;
  /** As CUDA_VISIBLE_DEVICES names them. */
  gpus: string[];
  /** Seconds since 1970; null: no end is known. */
  endsAt: number | null;
}

/** What is known about this process and host without a batch system. */
export interface HostFacts {
  host: string;
  /** How many processors it has. */
  cores: number;
  /** The cores that this process may run on; null where the system does not tell. */
  affinity: number[] | null;
}

/** How walltimes of queue adapters are to be read beside this batch system. */
export function dialectOf(system: Allocation['system']): WalltimeDialect {
  if (system === 'lsf') return 'lsf';
  return system === 'pbs' || system === 'gridengine' ? 'pbs' : 'slurm';
}

/** The job of an allocation, by which its batch system is asked why it ended. */
export function jobOf(allocation: Allocation | null): BatchJob | null {
  if (!allocation?.system || allocation.jobId === null) return null;
  const { system, jobId, restarts } = allocation;
  return { system, id: jobId, restarts };
}

/** `0-3,8` as it stands in /proc/self/status and on command lines; null for what is no such list. */
export function readNumberList(text: string): number[] | null {
  const numbers: number[] = [];
  for (const part of text.trim().split(',')) {
    const match = /^\s*(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(part);
    if (!match) return null;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) return null;
    for (let number = first; number <= last; number++) numbers.push(number);
  }
  return [...new Set(numbers)];
}
