/**
 * A moment in UTC as FireWorks writes it: `2026-01-02T03:04:05.678901+00:00`, always with six digits of fraction
 * and offset, so that the order of the texts is the order of the moments.
 */
export type Timestamp = string & { readonly __moment: 'utc' };

/** The timestamp of a count of milliseconds since 1970 (fractions of a millisecond are kept, to the nearest microsecond). */
export function timestamp(epochMilliseconds: number): Timestamp {
  const micros = Math.round(epochMilliseconds * 1000);
  const second = Math.floor(micros / 1_000_000);
  if (second !== last.second) last = { second, text: new Date(second * 1000).toISOString().slice(0, -5) };
  return `${last.text}.${String(micros - second * 1_000_000).padStart(6, '0')}+00:00` as Timestamp;
}

/** A second in which there may be thousands of moments. */
let last = { second: 0, text: '1970-01-01T00:00:00' };

/**
 * Reads the ISO forms met in FireWorks files and databases: with or without fraction, with `Z`, an offset or none (then UTC).
 * @returns null when the text is not a date and time.
 */
export function readTimestamp(text: string): Timestamp | null {
  if (isWritten(text)) return text;
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(
    text.trim(),
  );
  if (!match) return null;
  const [, day, clock, fraction = '', offset = 'Z'] = match;
  const zone =
    offset === 'Z'
      ? 'Z'
      : offset.length === 3
        ? `${offset}:00`
        : offset.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  const base = Date.parse(`${day}T${clock?.length === 5 ? `${clock}:00` : clock}${zone}`);
  if (Number.isNaN(base) || !isDay(day ?? '')) return null;
  const micros = fraction.padEnd(6, '0').slice(0, 6);
  return `${new Date(base).toISOString().slice(0, 19)}.${micros}+00:00` as Timestamp;
}

/** Whether it is what we write, of a day that every month has: most are, and are told at a glance. */
function isWritten(text: string): text is Timestamp {
  return written.test(text) && !Number.isNaN(Date.parse(text));
}

const written = /^\d{4}-\d\d-(?:[01]\d|2[0-8])T(?:[01]\d|2[0-3]):\d\d:\d\d\.\d{6}\+00:00$/;

/** JavaScript reads 30 February as 2 March. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/** Milliseconds since 1970, with microseconds as a fraction. */
export function epochMilliseconds(moment: Timestamp): number {
  return Date.parse(`${moment.slice(0, 19)}Z`) + Number(moment.slice(20, 26)) / 1000;
}

/** Seconds from one moment to another, as exact as whole microseconds are. */
export function secondsBetween(from: Timestamp, to: Timestamp): number {
  return (epochMicroseconds(to) - epochMicroseconds(from)) / 1_000_000;
}

const epochMicroseconds = (moment: Timestamp) =>
  Date.parse(`${moment.slice(0, 19)}Z`) * 1000 + Number(moment.slice(20, 26));
