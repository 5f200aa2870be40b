import { epochMilliseconds, type Timestamp } from '@skyrocket/model/timestamp';

/** `2026-11-25 01:39` on the clock of this place, for people. */
export function localMoment(moment: Timestamp): string {
  const at = new Date(epochMilliseconds(moment));
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
