import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { STATES } from '@skyrocket/model/states';
import { MOVES, mayMove } from '@skyrocket/model/transitions';

const page = readFileSync(new URL('../../../docs/states.md', import.meta.url), 'utf8');

describe('The moves of a Firework', () => {
  it('are drawn in docs/states.md as they are: the usual ones with their causes', () => {
    const drawn = [...page.matchAll(/^ {4}(\S+) --> (\S+): (.+)$/gm)].map(([, from, to, cause]) => ({
      from: from === '[*]' ? null : from,
      to,
      cause,
    }));
    const usual = MOVES.filter((move) => move.usual).map(({ from, to, cause }) => ({ from, to, cause }));
    expect(drawn).toEqual(usual);
  });

  it('are listed there: the others, but for those that many states share', () => {
    const listed = [...page.matchAll(/^\| ([A-Z]+) \| ([A-Z]+) \| (.+) \|$/gm)].map(
      ([, from, to, cause]) => ({
        from,
        to,
        cause,
      }),
    );
    const others = MOVES.filter(({ usual, from, to }) => !usual && from !== null && to !== 'ARCHIVED');
    expect(listed).toEqual(others.map(({ from, to, cause }) => ({ from, to, cause })));
  });

  it('have causes that Mermaid can draw, which ends a label at a colon or semicolon', () => {
    for (const { cause } of MOVES) expect(cause).toMatch(/^[^:;]+\.$/);
  });

  it('stand in the table once each', () => {
    const pairs = MOVES.map(({ from, to }) => `${from} to ${to}`);
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it('bring a Firework into each state, and out of each', () => {
    for (const state of STATES) {
      expect(MOVES.some(({ to }) => to === state)).toBe(true);
      expect(MOVES.some(({ from }) => from === state)).toBe(true);
    }
  });

  it('never run what has not been claimed, and never un-run what is done but by a rerun', () => {
    expect(mayMove('WAITING', 'READY')).toBe(true);
    expect(mayMove('PAUSED', 'RUNNING')).toBe(false);
    expect(mayMove('DEFUSED', 'READY')).toBe(false);
    expect(mayMove('ARCHIVED', 'READY')).toBe(false);
    expect(mayMove('COMPLETED', 'PAUSED')).toBe(false);
  });
});
