import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDrySpell } from '../src/dry-spell.ts';
import { createStop } from '../src/stop.ts';
import { until, type WorkerSite, workerSite } from './worker-site.ts';

let site: WorkerSite;

beforeEach(async () => {
  site = await workerSite();
});

afterEach(async () => {
  await site.end();
});

describe('a worker that finds nothing READY again and again', () => {
  /** After how many seconds each it asks, and which of these begin a loop. */
  function asked(sleepSeconds: number, times: number): { pauses: number[]; loops: number[] } {
    const spell = createDrySpell(sleepSeconds);
    const pauses: number[] = [];
    const loops: number[] = [];
    for (let now = 0; pauses.length < times; now = spell.until) {
      spell.begin(now, false);
      if (spell.isNewLoop()) loops.push(pauses.length);
      pauses.push((spell.until - now) / 1000);
    }
    return { pauses, loops };
  }

  it('asks soon at first, then four times in each sleep, which is one loop', () => {
    const pauses = [1, 2, 4, 8, ...Array<number>(8).fill(15)];
    expect(asked(60, 12)).toEqual({ pauses, loops: [0, 7, 11] });
  });

  it('asks once in each sleep that is short, and not without a pause', () => {
    expect(asked(0.5, 3)).toEqual({ pauses: [0.5, 0.5, 0.5], loops: [0, 1, 2] });
    expect(asked(0, 3).pauses).toEqual([0.1, 0.1, 0.1]);
  });

  it('asks soon again when there was something, or may be', () => {
    const spell = createDrySpell(60);
    for (const now of [0, 1000, 3000]) spell.begin(now, false);
    expect(spell.until).toBe(7000);
    spell.begin(7000, true);
    expect(spell.until).toBe(8000);
    spell.begin(8000, false);
    spell.end();
    expect(spell.until).toBe(0);
  });
});

describe('two workers, one of which has nothing to do before the other is done', () => {
  it('run side by side what becomes READY then, however long they sleep', async () => {
    const script = (text: string) =>
      `{_tasks: [{_fw_name: ScriptTask, script: ${JSON.stringify(`cd ${site.folder}; ${text}`)}}]}`;
    const meeting = (mine: string, other: string) =>
      script(`touch ${mine}; until test -e ${other}; do sleep 0.02; done`);
    const ids = await site.add(`
fws:
- {fw_id: 1, spec: ${script('until test -e go; do sleep 0.02; done')}}
- {fw_id: 2, spec: ${meeting('here', 'there')}}
- {fw_id: 3, spec: ${meeting('there', 'here')}}
links: {1: [2, 3]}
metadata: {}
`);
    const states = async () => (await Promise.all(ids.map(site.firework))).map(({ state }) => state);
    const options = { sleepSeconds: 3600 };
    const first = site.runAll({}, options);
    await until(async () => (await states())[0] === 'RUNNING');
    const stop = createStop();
    const second = site.runAll({}, { ...options, nlaunches: 'infinite' }, stop);
    await until(() => site.logged.some((line) => line.includes('nothing is READY')));
    writeFileSync(join(site.folder, 'go'), '');
    // The first may keep both for two seconds, and the second then asks some seconds later.
    await until(async () => (await states()).every((state) => state === 'COMPLETED'), 50);
    stop.ask('SIGINT');
    const ends = await Promise.all([first, second]);
    expect(ends.map(({ completed }) => completed).sort()).toEqual([1, 2]);
  });
});

describe('a worker that is to run until nothing is left', () => {
  const nothing =
    "{fws: [{fw_id: 1, spec: {_tasks: [{_fw_name: ScriptTask, script: 'true'}]}}], links: {}, metadata: {}}";

  it('runs what becomes READY while it asks what is left', async () => {
    let isAdded = false;
    const workFor = async (request: Parameters<typeof site.launchpad.workFor>[0]) => {
      if (!isAdded) await site.add(nothing);
      isAdded = true;
      return site.launchpad.workFor(request);
    };
    const end = await site.runAll({ launchpad: { ...site.launchpad, workFor } }, { sleepSeconds: 3600 });
    expect(end.completed).toBe(1);
  });

  it('ends where only others can claim what is READY', async () => {
    await site.add(nothing);
    const claim = async () => ({ claims: [], dupefinders: [], exhausted: true });
    const end = await site.runAll({ launchpad: { ...site.launchpad, claim } }, { sleepSeconds: 3600 });
    expect(end.launched).toBe(0);
  });
});
