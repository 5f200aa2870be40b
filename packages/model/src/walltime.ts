import type { UserValue } from './user-data.ts';
import { asNumber } from './user-numbers.ts';

/**
 * How a batch system writes walltimes.
 * - `slurm`: `M`, `M:S`, `H:M:S`, `D-H`, `D-H:M`, `D-H:M:S`
 * - `pbs` (and Grid Engine, and our own): `S`, `M:S`, `H:M:S`
 * - `lsf`: `M`, `H:M`
 */
export type WalltimeDialect = 'slurm' | 'pbs' | 'lsf';

/** Seconds; null for what is no walltime (also for `UNLIMITED`). */
export function readWalltime(value: UserValue | undefined, dialect: WalltimeDialect): number | null {
  const number = value === undefined ? null : asNumber(value);
  const text = number === null ? value : String(number);
  const match =
    typeof text === 'string' ? /^\s*(?:(\d+)-)?(\d+(?:\.\d+)?)((?::\d+){0,3})\s*$/.exec(text) : null;
  if (!match) return null;
  const parts = [match[2] ?? '', ...(match[3] ?? '').split(':').slice(1)].map(Number);
  if (match[1] !== undefined) return seconds([Number(match[1]), ...parts], 'days');
  return seconds(parts, parts.length === 4 ? 'days' : firstUnit(parts.length, dialect));
}

function firstUnit(length: number, dialect: WalltimeDialect): Unit {
  if (length === 3) return 'hours';
  if (length === 2) return dialect === 'lsf' ? 'hours' : 'minutes';
  return dialect === 'pbs' ? 'seconds' : 'minutes';
}

type Unit = 'days' | 'hours' | 'minutes' | 'seconds';
const units: readonly Unit[] = ['days', 'hours', 'minutes', 'seconds'];
const lengths: Readonly<Record<Unit, number>> = { days: 86_400, hours: 3600, minutes: 60, seconds: 1 };

function seconds(parts: number[], first: Unit): number {
  const from = units.indexOf(first);
  return parts.reduce((sum, part, i) => sum + part * lengths[units[from + i] ?? 'seconds'], 0);
}
