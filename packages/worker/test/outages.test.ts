import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { SkyrocketError } from '@skyrocket/model/errors';
import { tellSpool } from '../src/journal-telling.ts';
import { createStop } from '../src/stop.ts';
import { firstId, storedData, until, type WorkerSite, workerSite } from './worker-site.ts';

let site: WorkerSite;

beforeEach(async () => {
  site = await workerSite();
});

afterEach(async () => {
  await site.end();
});

interface Line {
  launchpad: LaunchPad;
  /** While it is cut the launchpad does not answer workers. */
  cut: boolean;
  /** Operations of which the next answer gets lost: what was asked is done, and the worker does not hear of it. */
  lost: Set<string | symbol>;
}

/** The site's launchpad over a line that can fail. */
function line(): Line {
  const state: Line = { launchpad: site.launchpad, cut: false, lost: new Set() };
  const lost = () => new SkyrocketError('STORE_UNAVAILABLE', 'the launchpad does not answer');
  state.launchpad = new Proxy(site.launchpad, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return async (request: unknown) => {
        if (state.cut) throw lost();
        const answer: unknown = await method.call(target, request);
        if (state.lost.delete(name)) throw lost();
        return answer;
      };
    },
  });
  return state;
}

const script = (text: string): string =>
  `spec: {_tasks: [${JSON.stringify({ _fw_name: 'ScriptTask', script: text, store_stdout: true })}]}`;

/** A script that says that it runs, and waits until it may end. */
function waiting(): { text: string; runs: () => boolean; end: () => void } {
  const [begun, go] = [join(site.folder, 'begun'), join(site.folder, 'go')];
  const text = `echo once >> ${begun}; while [ ! -e ${go} ]; do sleep 0.02; done; echo done`;
  return { text, runs: () => existsSync(begun), end: () => writeFileSync(go, '') };
}

describe('a launchpad that does not answer', () => {
  it('is waited for: the task goes on, and its result is told when it answers again', async () => {
    const task = waiting();
    const id = firstId(await site.add(script(task.text)));
    const cable = line();
    const end = site.runAll({ launchpad: cable.launchpad });
    await until(task.runs);
    cable.cut = true;
    task.end();
    await until(() => site.logged.some((message) => message.includes('reporting')));
    cable.cut = false;
    expect(await end).toMatchObject({ completed: 1, untold: 0 });
    expect(storedData(await site.firework(id))).toMatchObject({ stdout: 'done\n' });
  });

  it('starts a Launch once and applies its result once, when answers are lost', async () => {
    const task = waiting();
    task.end();
    const id = firstId(await site.add(script(task.text)));
    const cable = line();
    for (const name of ['claim', 'start', 'report', 'heartbeat']) cable.lost.add(name);
    expect(await site.runAll({ launchpad: cable.launchpad })).toMatchObject({ launched: 1, completed: 1 });
    expect(readFileSync(join(site.folder, 'begun'), 'utf8')).toBe('once\n');
    const firework = await site.firework(id);
    expect(firework.state).toBe('COMPLETED');
    expect([...firework.launches, ...firework.archivedLaunches]).toHaveLength(1);
    for (const what of ['claiming', 'starting', 'reporting'])
      expect(site.logged.join('\n')).toContain(`${what}: the launchpad does not answer`);
  });

  it('leaves results in the journal when the worker has to end, and they are told later', async () => {
    const task = waiting();
    const id = firstId(await site.add(script(task.text)));
    const cable = line();
    const stop = createStop();
    const end = site.runAll({ launchpad: cable.launchpad }, {}, stop);
    await until(task.runs);
    cable.cut = true;
    task.end();
    await until(() => site.logged.some((message) => message.includes('reporting')));
    stop.ask('SIGINT');
    stop.ask('SIGINT');
    expect(await end).toMatchObject({ completed: 1, untold: 1 });
    const spool = join(site.folder, 'spool');
    expect(readdirSync(spool)).toHaveLength(1);
    const told = await tellSpool('all', { ...site.worker(), spool });
    expect(told).toMatchObject({ taken: 1, left: 0 });
    expect((await site.firework(id)).state).toBe('COMPLETED');
  });

  it('is an error when a worker starts', async () => {
    const cable = line();
    cable.cut = true;
    await expect(site.runAll({ launchpad: cable.launchpad })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
  });
});

describe('a journal on a disk that is full', () => {
  it('refuses what does not fit, and stays whole', () => {
    // The shell limits the size of files to 1 KiB.
    const program = `
      import { openJournal } from '@skyrocket/worker/journal';
      const journal = openJournal(process.argv[1], { agentId: 'a', pid: 1, processStart: 's', host: 'h', launchpad: 'lp' });
      const start = (launchId) => journal.started([{ launchId, token: 't', launchpad: 'lp', dir: 'x'.repeat(launchId === 2 ? 2000 : 10) }]);
      start(1);
      try { start(2); } catch (error) { console.log(error.code); }
      start(3);
      console.log(journal.path);
    `;
    const script = 'ulimit -f 1; exec "$0" --input-type=module -e "$1" "$2"';
    const output = execFileSync(
      'bash',
      ['-c', script, process.execPath, program, join(site.folder, 'spool')],
      {
        cwd: import.meta.dirname,
        encoding: 'utf8',
      },
    );
    const [code, path = ''] = output.trim().split('\n');
    expect(code).toBe('STORE_FULL');
    const lines = execFileSync('cat', [path], { encoding: 'utf8' }).trimEnd().split('\n');
    expect(lines.slice(1).map((text) => JSON.parse(text).started)).toEqual([1, 3]);
  });
});
