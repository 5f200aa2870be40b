import { hostname } from 'node:os';
import { memoryMiB } from '@skyrocket/model/resources';
import { type Allocation, type HostFacts, readNumberList } from './allocation.ts';
import { readHostList } from './host-list.ts';

/** The environment of a job. */
type Environment = Readonly<Record<string, string | undefined>>;

/** What a job of a batch system has here, as its environment tells it; the end of its time has to be asked for, but for Slurm's. */
export function allocationOf(environment: Environment, here: HostFacts): Allocation {
  const found = slurm(environment) ?? gridEngine(environment) ?? pbs(environment) ?? lsf(environment);
  const job = found ?? { system: null, jobId: null, nodes: [], cores: null };
  const cores = job.cores ?? here.affinity?.length ?? here.cores;
  return {
    memory: null,
    endsAt: null,
    restarts: 0,
    ...job,
    cores,
    totalCores: Math.max(cores, job.totalCores ?? 0),
    coreIds: idsOf(job.coreIds ?? null, cores, here),
    gpus: visibleGpus(environment),
  };
}

type Job = Pick<Allocation, 'system' | 'jobId' | 'nodes'> &
  Partial<Pick<Allocation, 'memory' | 'coreIds' | 'endsAt' | 'restarts' | 'totalCores'>> & {
    cores: number | null;
  };

/** Where the batch system confines us to just as many cores as it gave us, those are ours alone. */
function idsOf(given: number[] | null, cores: number, { affinity }: HostFacts): number[] | null {
  if (given?.length === cores) return given;
  return affinity?.length === cores ? affinity : null;
}

function slurm(environment: Environment): Job | null {
  const jobId = environment.SLURM_JOB_ID ?? environment.SLURM_JOBID;
  if (!jobId) return null;
  const perNode = memoryMiB(environment.SLURM_MEM_PER_NODE);
  const perCore = memoryMiB(environment.SLURM_MEM_PER_CPU);
  const cores = slurmCores(environment);
  return {
    system: 'slurm',
    jobId,
    ...slurmNodes(environment),
    cores,
    memory: perNode ?? (perCore !== null && cores !== null ? perCore * cores : null),
    endsAt: numberIn(environment.SLURM_JOB_END_TIME),
    restarts: numberIn(environment.SLURM_RESTART_COUNT) ?? 0,
  };
}

/** A step has its own part of the job, of which only the nodes are told; what it has on other ones is not counted then. */
function slurmNodes(environment: Environment): Pick<Job, 'nodes' | 'totalCores'> {
  const step = readHostList(environment.SLURM_STEP_NODELIST ?? '');
  if (step.length > 0) return { nodes: step };
  const nodes = readHostList(environment.SLURM_JOB_NODELIST ?? environment.SLURM_NODELIST ?? '');
  // `16(x2),4`: two nodes with 16, and one with 4.
  const counts = (environment.SLURM_JOB_CPUS_PER_NODE ?? '').matchAll(/(\d+)(?:\(x(\d+)\))?/g);
  const totalCores = [...counts].reduce(
    (sum, [, cores, times = '1']) => sum + Number(cores) * Number(times),
    0,
  );
  return { nodes, totalCores };
}

/** In a step SLURM_CPUS_ON_NODE is what the step has; `16(x2),4` are those of each node. */
function slurmCores(environment: Environment): number | null {
  const first = /^\d+/.exec(environment.SLURM_JOB_CPUS_PER_NODE ?? '')?.[0];
  return numberIn(environment.SLURM_CPUS_ON_NODE) ?? numberIn(first);
}

function gridEngine(environment: Environment): Job | null {
  if (!environment.JOB_ID || !environment.SGE_ROOT) return null;
  const binding = readNumberList((environment.SGE_BINDING ?? '').trim().replace(/\s+/g, ','));
  return {
    system: 'gridengine',
    jobId: environment.JOB_ID,
    nodes: [hostname()],
    cores: numberIn(environment.NSLOTS),
    coreIds: binding,
  };
}

function pbs(environment: Environment): Job | null {
  const jobId = environment.PBS_JOBID;
  if (!jobId) return null;
  return {
    system: 'pbs',
    jobId,
    nodes: [hostname()],
    cores:
      numberIn(environment.NCPUS) ??
      numberIn(environment.PBS_NUM_PPN) ??
      numberIn(environment.OMP_NUM_THREADS),
  };
}

/** LSB_MCPU_HOSTS is `hostA 4 hostB 4`. */
function lsf(environment: Environment): Job | null {
  const jobId = environment.LSB_JOBID;
  if (!jobId) return null;
  const words = (environment.LSB_MCPU_HOSTS ?? '').trim().split(/\s+/);
  const nodes = words.filter((_, i) => i % 2 === 0 && words[i] !== '');
  const totalCores = words.reduce((sum, word, i) => sum + (i % 2 === 1 ? (numberIn(word) ?? 0) : 0), 0);
  return {
    system: 'lsf',
    jobId,
    nodes,
    totalCores,
    cores: numberIn(words[1]) ?? numberIn(environment.LSB_DJOB_NUMPROC),
    coreIds: readNumberList(environment.LSB_BIND_CPU_LIST ?? ''),
  };
}

function visibleGpus(environment: Environment): string[] {
  const named = environment.CUDA_VISIBLE_DEVICES ?? environment.GPU_DEVICE_ORDINAL ?? '';
  return named.split(',').filter((gpu) => gpu.trim() !== '' && gpu !== 'NoDevFiles');
}

function numberIn(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text.trim()) && Number(text) > 0 ? Number(text) : null;
}
