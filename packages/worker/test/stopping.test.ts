import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processStanding, processStart } from '@skyrocket/contract/process-identity';
import { tellSpool } from '../src/journal-telling.ts';
import { createStop } from '../src/stop.ts';
import { firstId, lastLaunch, reasonOf, until, type WorkerSite, workerSite } from './worker-site.ts';

let site: WorkerSite;

beforeEach(async () => {
  site = await workerSite();
});

afterEach(async () => {
  await site.end();
});

const script = (text: string): string =>
  `spec: {_tasks: [${JSON.stringify({ _fw_name: 'ScriptTask', script: text })}]}`;

/** Starts a process of its own and waits; tells its id in the file `pid` of the site's folder. */
const longScript = (): string =>
  script(`sleep 1000 & echo $! > ${site.folder}/pid.tmp; mv ${site.folder}/pid.tmp ${site.folder}/pid; wait`);

async function sleeper(): Promise<{ isAlive(): boolean }> {
  await until(() => existsSync(join(site.folder, 'pid')));
  const pid = Number(readFileSync(join(site.folder, 'pid'), 'utf8'));
  const start = processStart(pid) ?? '';
  return { isAlive: () => processStanding({ pid, processStart: start }) === 'alive' };
}

describe('a worker that gets a signal', () => {
  it('ends the tasks with all that they started, and says who interrupted them', async () => {
    const id = firstId(await site.add(longScript()));
    const stop = createStop();
    const end = site.runAll({}, {}, stop);
    const process = await sleeper();
    stop.ask('SIGTERM');
    expect(await end).toMatchObject({ fizzled: 1, interruptedBy: 'SIGTERM', untold: 0 });
    expect(process.isAlive()).toBe(false);
    const firework = await site.firework(id);
    expect(firework.state).toBe('FIZZLED');
    expect(reasonOf(firework)).toMatch(/^interrupted by SIGTERM/);
  });

  it('gives the Firework back instead, when asked to', async () => {
    const id = firstId(await site.add(longScript()));
    const stop = createStop();
    const end = site.runAll({ onSignal: 'release', graceSeconds: 0.2 }, {}, stop);
    await sleeper();
    stop.ask('SIGINT');
    expect(await end).toMatchObject({ launched: 0, released: 1, fizzled: 0 });
    const firework = await site.firework(id);
    expect(firework.state).toBe('READY');
    expect(firework.archivedRecords).toHaveLength(1);
  });

  it('begins nothing more and gives back what it has claimed', async () => {
    const ids = [];
    for (let i = 0; i < 30; i++) ids.push(firstId(await site.add(script(`echo ${i}`))));
    const last = firstId(await site.add(longScript()));
    for (let i = 0; i < 30; i++) ids.push(firstId(await site.add(script(`echo ${i}`))));
    const stop = createStop();
    const end = site.runAll({}, {}, stop);
    await sleeper();
    stop.ask('SIGTERM');
    await end;
    const states = await Promise.all(ids.map(async (id) => (await site.firework(id)).state));
    expect(states.slice(0, 30)).toEqual(Array(30).fill('COMPLETED'));
    expect(states.slice(30)).toEqual(Array(30).fill('READY'));
    expect((await site.firework(last)).state).toBe('FIZZLED');
  });

  it('kills tasks that do not listen when the grace is over', async () => {
    const deaf = `trap "" TERM; echo $$ > ${site.folder}/pid; while true; do sleep 0.05; done`;
    const id = firstId(await site.add(script(deaf)));
    const stop = createStop();
    const end = site.runAll({ graceSeconds: 0.2 }, {}, stop);
    const process = await sleeper();
    stop.ask('SIGTERM');
    await end;
    expect(process.isAlive()).toBe(false);
    expect(reasonOf(await site.firework(id))).toMatch(/^interrupted by SIGTERM/);
  });

  it('kills at once on a second SIGINT, and leaves the result in its journal for the next worker', async () => {
    const deaf = `trap "" INT TERM; echo $$ > ${site.folder}/pid; while true; do sleep 0.05; done`;
    const id = firstId(await site.add(script(deaf)));
    const stop = createStop();
    const end = site.runAll({ graceSeconds: 1000 }, {}, stop);
    const process = await sleeper();
    stop.ask('SIGINT');
    stop.ask('SIGINT');
    await end;
    expect(process.isAlive()).toBe(false);
    const { launchpad, log, spool } = site.worker();
    expect(readdirSync(spool)).toHaveLength(1);
    expect(await tellSpool('all', { launchpad, log, spool })).toMatchObject({ taken: 1, left: 0 });
    expect(reasonOf(await site.firework(id))).toMatch(/^interrupted by SIGINT/);
  });
});

describe('a Launch that is taken away while it runs', () => {
  it('is ended, and changes nothing any more', async () => {
    const id = firstId(await site.add(longScript()));
    const stop = createStop();
    const end = site.runAll({ pingSeconds: 0.1 }, { nlaunches: 'infinite' }, stop);
    const process = await sleeper();
    const { launchDir, launchId } = lastLaunch(await site.firework(id));
    await site.launchpad.defuse({ fwIds: [id], key: randomUUID() });
    await until(() => !process.isAlive());
    await until(() => site.logged.some((line) => line.includes('was taken away')));
    stop.ask('SIGTERM');
    expect(await end).toMatchObject({ launched: 1, takenAway: 1, fizzled: 0, completed: 0, untold: 0 });
    expect((await site.firework(id)).state).toBe('DEFUSED');
    expect(readdirSync(join(site.folder, 'spool'))).toEqual([]);
    expect(existsSync(join(launchDir, `refused_report_${launchId}.json`))).toBe(true);
  });

  it('is one of those that the worker was to launch', async () => {
    const id = firstId(await site.add(longScript()));
    const end = site.runAll({ pingSeconds: 0.1 }, { nlaunches: 1 });
    await sleeper();
    await site.launchpad.rerun({ fwIds: [id], key: randomUUID() });
    expect(await end).toMatchObject({ launched: 1, takenAway: 1 });
    expect((await site.firework(id)).state).toBe('READY');
  });

  it('keeps the whole result when its last task had ended before it heard of it', async () => {
    const action = { stored_data: { energy: -1.5 }, detours: [{ spec: { _tasks: [] } }] };
    const ends = `trap 'echo ${JSON.stringify(JSON.stringify(action))} > FWAction.json; exit 0' TERM`;
    const id = firstId(await site.add(script(`${ends}; echo $$ > ${site.folder}/pid; sleep 1000 & wait`)));
    const end = site.runAll({ pingSeconds: 0.1 }, { nlaunches: 1 });
    await sleeper();
    const { launchDir, launchId } = lastLaunch(await site.firework(id));
    await site.launchpad.rerun({ fwIds: [id], key: randomUUID() });
    expect(await end).toMatchObject({ takenAway: 1 });
    const kept = JSON.parse(readFileSync(join(launchDir, `refused_report_${launchId}.json`), 'utf8'));
    const whole = { stored_data: action.stored_data, detours: [{ fws: [{ spec: { _tasks: [] } }] }] };
    expect(kept.report).toMatchObject({ state: 'COMPLETED', action: whole });
  });

  it('keeps a result that comes too late in its directory', async () => {
    const go = join(site.folder, 'go');
    const id = firstId(
      await site.add(script(`echo $$ > ${site.folder}/pid; while [ ! -e ${go} ]; do sleep 0.02; done`)),
    );
    const end = site.runAll();
    await sleeper();
    const { launchDir, launchId } = lastLaunch(await site.firework(id));
    await site.launchpad.deleteWorkflows({ fwIds: [id], key: randomUUID() });
    writeFileSync(go, '');
    await end;
    expect(existsSync(join(launchDir, `refused_report_${launchId}.json`))).toBe(true);
  });
});
