import type { Period } from './maintenance.ts';

/**
 * When the period begins that is so many periods after that of a moment; negative: before it. Periods are those of UTC.
 * @returns milliseconds since 1970
 */
export function periodBeginning(period: Period, moment: Date, later: number): number {
  const at = new Date(moment);
  at.setUTCSeconds(0, 0);
  if (period === 'minutes') return at.setUTCMinutes(at.getUTCMinutes() + later);
  at.setUTCMinutes(0);
  if (period === 'hours') return at.setUTCHours(at.getUTCHours() + later);
  at.setUTCHours(0);
  if (period === 'days') return at.setUTCDate(at.getUTCDate() + later);
  return period === 'months'
    ? at.setUTCMonth(at.getUTCMonth() + later, 1)
    : at.setUTCFullYear(at.getUTCFullYear() + later, 0, 1);
}
