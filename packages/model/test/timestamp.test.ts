import { describe, expect, it } from '@jest/globals';
import { epochMilliseconds, readTimestamp, secondsBetween, timestamp } from '@skyrocket/model/timestamp';
import fc from 'fast-check';

describe('A timestamp', () => {
  it('is written as FireWorks writes it, always with six digits and offset', () => {
    expect(timestamp(0)).toBe('1970-01-01T00:00:00.000000+00:00');
    expect(timestamp(1767323045678.901)).toBe('2026-01-02T03:04:05.678901+00:00');
    expect(timestamp(-0.5)).toBe('1969-12-31T23:59:59.999500+00:00');
  });

  it.each([
    ['2026-01-02T03:04:05.678901+00:00', '2026-01-02T03:04:05.678901+00:00'],
    ['2026-01-02T03:04:05', '2026-01-02T03:04:05.000000+00:00'],
    ['2026-01-02 03:04:05.5', '2026-01-02T03:04:05.500000+00:00'],
    ['2026-01-02T03:04', '2026-01-02T03:04:00.000000+00:00'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000000+00:00'],
    ['2026-01-02T03:04:05.123456789+01:00', '2026-01-02T02:04:05.123456+00:00'],
    ['2026-01-02T03:04:05-0530', '2026-01-02T08:34:05.000000+00:00'],
    ['2026-01-02T03:04:05-05', '2026-01-02T08:04:05.000000+00:00'],
  ])('is read with or without fraction and offset: %s', (text, moment) =>
    expect(readTimestamp(text)).toBe(moment),
  );

  it.each([
    '',
    '2026-01-02',
    'yesterday',
    '2026-13-02T00:00:00',
    '2026-01-02T25:00:00',
    '20260102T030405',
    '2026-02-30T00:00:00',
  ])('is not read from what is none: %s', (text) => expect(readTimestamp(text)).toBeNull());

  it('keeps microseconds on the way to numbers and back, and sorts as the moments do', () => {
    const anyMicros = fc.integer({ min: 0, max: 4_000_000_000_000_000 });
    fc.assert(
      fc.property(anyMicros, anyMicros, (a, b) => {
        const [x, y] = [a, b].map((micros) => readTimestamp(isoOf(micros)));
        if (!x || !y) throw new Error('not read');
        expect(x).toBe(isoOf(a));
        expect(x < y).toBe(a < b);
        expect(Math.abs(epochMilliseconds(x) - a / 1000)).toBeLessThan(0.001);
        expect(timestamp(epochMilliseconds(x))).toBe(x);
      }),
    );
  });

  it('tells the seconds between two', () => {
    const at = (text: string) => readTimestamp(text) ?? timestamp(0);
    expect(secondsBetween(timestamp(1000), timestamp(2500.5))).toBe(1.5005);
    expect(secondsBetween(at('2026-11-25T02:58:46.754001'), at('2026-11-25T02:58:47.009057'))).toBe(0.255056);
  });
});

function isoOf(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = String(micros % 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}+00:00`;
}
