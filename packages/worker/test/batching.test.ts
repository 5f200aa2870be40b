import { describe, expect, it } from '@jest/globals';
import { claimCount, createDurations, kindsOf, type StartOutlook, startCount } from '../src/batching.ts';
import { createUnimportable } from '../src/unimportable.ts';

const unknown = Number.POSITIVE_INFINITY;

describe('how many Fireworks a worker claims', () => {
  const outlook = { slots: 1, free: 1, waiting: 0, typicalSeconds: unknown, last: 1 };

  it('is one for each free slot while nothing is known about them', () => {
    expect(claimCount(outlook)).toBe(1);
    expect(claimCount({ ...outlook, slots: 8, free: 5 })).toBe(5);
  });

  it('is none while all slots are busy with long ones', () => {
    expect(claimCount({ ...outlook, free: 0, typicalSeconds: 3600 })).toBe(0);
  });

  it('grows step by step to what one second takes', () => {
    const counts = [];
    for (let last = 1; counts.length < 6; last = counts.at(-1) ?? 1)
      counts.push(claimCount({ ...outlook, typicalSeconds: 0.01, last }));
    expect(counts).toEqual([4, 16, 64, 101, 101, 101]);
  });

  it('is more than there is room for where they differ in size, so that there is a choice', () => {
    const several = { ...outlook, slots: 4, choice: 8, last: 2 };
    expect(claimCount({ ...several, free: 1 })).toBe(8);
    expect(claimCount({ ...several, free: 1, waiting: 3 })).toBe(6);
    expect(claimCount({ ...several, free: 1, waiting: 6 })).toBe(0);
    expect(claimCount({ ...several, free: 0 })).toBe(0);
  });

  it('is never more than a few hundred', () => {
    expect(claimCount({ ...outlook, typicalSeconds: 1e-6, last: 1000 })).toBe(751);
  });

  it('is none while enough wait', () => {
    expect(claimCount({ ...outlook, free: 0, typicalSeconds: 0.01, last: 100, waiting: 70 })).toBe(0);
    expect(claimCount({ ...outlook, free: 0, typicalSeconds: 0.01, last: 100, waiting: 60 })).toBe(40);
  });
});

describe('how many claimed Launches a worker starts', () => {
  const idle: StartOutlook = { slots: 1, running: [], ahead: 0, aheadSeconds: 0, callSeconds: 0 };

  it('is one for each free slot when they are long, or not known', () => {
    expect(startCount([unknown, unknown, unknown], idle)).toBe(1);
    expect(startCount([3600, 3600, 3600], { ...idle, slots: 8, running: [3600] })).toBe(3);
    expect(startCount(Array(20).fill(3600), { ...idle, slots: 8, running: [3600] })).toBe(7);
  });

  it('is many when they are short', () => {
    expect(startCount(Array(1000).fill(0.001), idle)).toBeGreaterThan(50);
    expect(startCount(Array(1000).fill(0.00001), idle)).toBe(500);
  });

  it('ends before one that is not known to be short', () => {
    expect(startCount([0.001, 0.001, unknown, 0.001], idle)).toBe(2);
  });

  it('is none behind one that takes long, on the only slot', () => {
    expect(startCount([0.001, 0.001], { ...idle, running: [unknown] })).toBe(0);
  });

  it('leaves out only the slot of the long one where there are others', () => {
    const count = startCount(Array(1000).fill(0.001), { ...idle, slots: 4, running: [unknown, 0.001] });
    expect(count).toBeGreaterThan(100);
  });

  it('is none while enough is started', () => {
    expect(startCount([0.001], { ...idle, running: [0.001], ahead: 90, aheadSeconds: 0.09 })).toBe(0);
  });

  it('is none while some hundred are started, however short they are, and then some hundred again', () => {
    const claimed = Array(1000).fill(0.00001);
    const many = { ...idle, running: [0.00001], aheadSeconds: 0.0025 };
    expect(startCount(claimed, { ...many, ahead: 250 })).toBe(0);
    expect(startCount(claimed, { ...many, ahead: 249 })).toBe(251);
  });

  it('is more where the launchpad takes its time to start them, up to what a second takes', () => {
    const short = Array(1000).fill(0.01);
    const after = (callSeconds: number) => startCount(short, { ...idle, callSeconds });
    expect(after(0.01)).toBe(after(0));
    expect(after(0.1)).toBeGreaterThan(3 * after(0));
    expect(after(60)).toBe(after(0.25));
  });
});

describe('what is learnt of how long Launches take', () => {
  const firework = (name: string, task = 'ScriptTask') =>
    kindsOf({ name, spec: new Map([['_tasks', [new Map([['_fw_name', task]])]]]) });

  it('is nothing at first', () => {
    expect(createDurations().foresee(firework('relax'))).toBe(unknown);
  });

  it('is of the same name first, else of the same tasks', () => {
    const durations = createDurations();
    durations.observe(firework('relax'), 100);
    durations.observe(firework('static'), 1);
    expect(durations.foresee(firework('static'))).toBe(1);
    expect(durations.foresee(firework('other'))).toBeGreaterThan(50);
    expect(durations.foresee(firework('other', 'FileWriteTask'))).toBe(unknown);
  });

  it('is kept of the names that were met last: there may be as many as Fireworks', () => {
    const durations = createDurations();
    durations.observe(firework('relax', 'PyTask'), 100);
    for (let n = 0; n < 100; n++) durations.observe(firework(`step ${n}`), 1);
    expect(durations.foresee(firework('relax'))).toBe(1);
    expect(durations.foresee(firework('relax', 'PyTask'))).toBe(100);
    for (let n = 0; n < 1000; n++) durations.observe(firework(`step ${n}`), 1);
    expect(durations.foresee(firework('relax', 'PyTask'))).toBe(unknown);
  });

  it('believes a long one at once, and short ones slowly', () => {
    const durations = createDurations();
    for (const seconds of [1, 10, 1]) durations.observe(firework('relax'), seconds);
    expect(durations.foresee(firework('relax'))).toBeGreaterThan(5);
  });

  it('hardly heeds that one of many short ones was held up for a moment', () => {
    const durations = createDurations();
    for (const seconds of [0.001, 0.001, 0.02]) durations.observe(firework('relax'), seconds);
    expect(durations.foresee(firework('relax'))).toBeLessThan(0.01);
  });
});

describe('a task class that cannot be imported', () => {
  it('is passed over for ten minutes', () => {
    let now = 0;
    const unimportable = createUnimportable(() => now);
    unimportable.add('{{a.B}}');
    now = 599;
    expect(unimportable.names()).toEqual(['{{a.B}}']);
    now = 600;
    expect(unimportable.names()).toEqual([]);
  });
});
