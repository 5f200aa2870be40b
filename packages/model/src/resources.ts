import { isUserMap, type UserMap, type UserValue } from './user-data.ts';
import { asNumber } from './user-numbers.ts';
import { readWalltime, type WalltimeDialect } from './walltime.ts';

/** What a Firework needs of an allocation while it runs. */
export interface Resources {
  /** Null: not said. */
  cores: number | null;
  /** MiB; null: not said, so that it is not counted. */
  memory: number | null;
  gpus: number;
  /** Seconds that it takes at most; null: not said. */
  walltime: number | null;
}

/** What a worker has for one Firework at most. */
export interface OfferedResources {
  cores: number;
  /** MiB; null: not known, so that everything fits. */
  memory: number | null;
  gpus: number;
  /** Seconds until no more may run; null: no end is known. */
  walltime: number | null;
  /** How walltimes in `_queueadapter` are read. */
  dialect: WalltimeDialect;
}

/**
 * What a spec declares that it needs: `_resources: {cores, memory, gpus, walltime}`, each member else derived from
 * `_queueadapter`. What is absent or cannot be read is not said, and no GPU.
 * `memory` is MiB or a text with a unit (`4G`), `walltime` seconds or `HH:MM:SS`.
 */
export function declaredResources(spec: UserMap, dialect: WalltimeDialect): Resources {
  const declared = mapOf(spec.get('_resources'));
  const adapter = mapOf(spec.get('_queueadapter'));
  const cores = positiveOf(declared.get('cores')) ?? adapterCores(adapter);
  return {
    cores,
    memory: memoryMiB(declared.get('memory')) ?? adapterMemory(adapter, cores ?? 1),
    gpus: countOf(declared.get('gpus')) ?? adapterGpus(adapter) ?? 0,
    walltime: readWalltime(declared.get('walltime'), 'pbs') ?? readWalltime(adapter.get('walltime'), dialect),
  };
}

export function fitsInto(needed: Resources, offered: OfferedResources): boolean {
  return (
    (needed.cores === null || needed.cores <= offered.cores) &&
    needed.gpus <= offered.gpus &&
    (needed.memory === null || offered.memory === null || needed.memory <= offered.memory) &&
    (needed.walltime === null || offered.walltime === null || needed.walltime <= offered.walltime)
  );
}

/** `4096` (MiB), `4G`, `500mb`, `1.5T`; null for what is none. */
export function memoryMiB(value: UserValue | undefined): number | null {
  const number = value === undefined ? null : asNumber(value);
  if (number !== null) return number > 0 ? number : null;
  const match = typeof value === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i.exec(value) : null;
  if (!match) return null;
  const unit = mebibytes[(match[2] ?? '').toLowerCase()] ?? 1;
  return Math.ceil(Number(match[1]) * unit);
}

const mebibytes: Readonly<Record<string, number>> = { k: 1 / 1024, '': 1, m: 1, g: 1024, t: 1024 * 1024 };

const mapOf = (value: UserValue | undefined): UserMap => (isUserMap(value) ? value : new Map());

/** A count, also as a text, since queue adapters write numbers as they come. */
function countOf(value: UserValue | undefined): number | null {
  const text = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
  const number = text === undefined ? null : asNumber(text);
  return number !== null && Number.isInteger(number) && number >= 0 ? number : null;
}

const positiveOf = (value: UserValue | undefined) => countOf(value) || null;

/** Keys of FireWorks' templates: format §8.2. Tasks, or nodes with so many tasks each, times the cores of a task. */
function adapterCores(adapter: UserMap): number | null {
  const of = (...keys: string[]) => keys.map((key) => positiveOf(adapter.get(key))).find((found) => found);
  const nodes = of('nodes', 'nnodes');
  const perNode = of('ntasks_per_node', 'ppnode', 'ppn', 'tasks_per_node');
  const tasks =
    of('ntasks', 'mppwidth') ?? (perNode === undefined ? nodes : perNode && perNode * (nodes ?? 1));
  const perTask = of('cpus_per_task');
  if (!tasks && !perTask) return null;
  return (tasks ?? 1) * (perTask ?? 1);
}

function adapterMemory(adapter: UserMap, cores: number): number | null {
  const each = memoryMiB(adapter.get('mem_per_cpu') ?? adapter.get('pmem'));
  return memoryMiB(adapter.get('mem')) ?? (each === null ? null : each * cores);
}

function adapterGpus(adapter: UserMap): number | null {
  const gres = adapter.get('gres');
  const match = typeof gres === 'string' ? /\bgpu(?::[^:,]+)*?(?::(\d+))?(?:,|$)/.exec(gres) : null;
  const nodes = positiveOf(adapter.get('nodes')) ?? 1;
  const perNode = countOf(adapter.get('gpus_per_node')) ?? (match ? Number(match[1] ?? 1) : null);
  const tasks = positiveOf(adapter.get('ntasks')) ?? 1;
  const perTask = countOf(adapter.get('gpus_per_task'));
  return (
    countOf(adapter.get('gpus')) ??
    (perNode === null ? null : perNode * nodes) ??
    (perTask === null ? null : perTask * tasks)
  );
}
