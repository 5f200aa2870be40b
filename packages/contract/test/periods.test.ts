import { describe, expect, it } from '@jest/globals';
import { periodBeginning } from '../src/periods.ts';

const moment = new Date('2024-03-31T23:45:12.345Z');

describe('the period of a moment', () => {
  it.each([
    ['minutes', '2024-03-31T23:45:00.000Z'],
    ['hours', '2024-03-31T23:00:00.000Z'],
    ['days', '2024-03-31T00:00:00.000Z'],
    ['months', '2024-03-01T00:00:00.000Z'],
    ['years', '2024-01-01T00:00:00.000Z'],
  ] as const)('in %s begins at %s', (period, beginning) => {
    expect(new Date(periodBeginning(period, moment, 0)).toISOString()).toBe(beginning);
  });
});

describe('periods before and after it', () => {
  it.each([
    ['minutes', 30, '2024-04-01T00:15:00.000Z'],
    ['hours', -24, '2024-03-30T23:00:00.000Z'],
    ['days', -31, '2024-02-29T00:00:00.000Z'],
    ['months', 1, '2024-04-01T00:00:00.000Z'],
    ['months', -1, '2024-02-01T00:00:00.000Z'],
    ['years', -4, '2020-01-01T00:00:00.000Z'],
  ] as const)('begin whole %s away (%d)', (period, later, beginning) => {
    expect(new Date(periodBeginning(period, moment, later)).toISOString()).toBe(beginning);
  });
});
