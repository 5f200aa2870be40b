import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { processStanding, processStart } from '@skyrocket/contract/process-identity';
import type { FwId } from '@skyrocket/model/ids';
import { tellSpool } from '../src/journal-telling.ts';
import type { RapidfireOptions } from '../src/rapidfire.ts';
import { keepUp, repeatUpkeep } from '../src/upkeep.ts';
import { firstId, reasonOf, storedData, until, type WorkerSite, workerSite } from './worker-site.ts';

let site: WorkerSite;
let children: ChildProcess[];

beforeEach(async () => {
  site = await workerSite();
  children = [];
});

afterEach(async () => {
  for (const child of children) await kill(child);
  await site.end();
});

const program = fileURLToPath(new URL('./worker-program.mjs', import.meta.url));

function startWorker(options: object = {}): ChildProcess {
  const child = spawn(process.execPath, [program, site.folder, JSON.stringify(options)], { stdio: 'ignore' });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

const script = (text: string): string =>
  `spec: {_tasks: [${JSON.stringify({ _fw_name: 'ScriptTask', script: text, store_stdout: true })}]}`;

/** Two cores for Fireworks of one each. */
const inAllocation: Partial<RapidfireOptions> = {
  slots: 2,
  room: {
    allocation: {
      ...{ system: null, jobId: null, restarts: 0, nodes: [], memory: null, gpus: [] },
      ...{ cores: 2, totalCores: 2, coreIds: null, endsAt: null },
    },
    ...{ defaultCores: 1, defaultWalltime: null, endingSeconds: 0 },
  },
};

const spool = () => join(site.folder, 'spool');

function journalText(): string {
  return existsSync(spool())
    ? readdirSync(spool())
        .map((name) => readFileSync(join(spool(), name), 'utf8'))
        .join('')
    : '';
}

describe('a worker that is killed', () => {
  it('takes its tasks with it, and its Launch is lost, which the next worker says', async () => {
    const pidFile = join(site.folder, 'pid');
    const id = firstId(
      await site.add(script(`echo $$ > ${pidFile}.tmp; mv ${pidFile}.tmp ${pidFile}; sleep 1000`)),
    );
    const child = startWorker();
    await until(() => existsSync(pidFile));
    const pid = Number(readFileSync(pidFile, 'utf8'));
    const start = processStart(pid) ?? '';
    await kill(child);
    await until(() => processStanding({ pid, processStart: start }) !== 'alive');
    expect((await site.firework(id)).state).toBe('RUNNING');

    const end = await site.runAll();
    expect(end.launched).toBe(0);
    const firework = await site.firework(id);
    expect(firework.state).toBe('FIZZLED');
    expect(reasonOf(firework)).toMatch(/is gone/);
    expect(readdirSync(spool())).toEqual([]);
  });

  it('leaves results that the next worker tells, once', async () => {
    const ledger = join(site.folder, 'ledger');
    const id = firstId(await site.add(script(`echo ran >> ${ledger}; echo the result`)));
    const child = startWorker({ reports: 'unanswered' });
    await until(() => journalText().includes('"ended"'));
    await kill(child);
    expect((await site.firework(id)).state).toBe('RUNNING');

    await site.runAll();
    const firework = await site.firework(id);
    expect(firework.state).toBe('COMPLETED');
    expect(storedData(firework)).toMatchObject({ stdout: 'the result\n' });
    expect(readFileSync(ledger, 'utf8')).toBe('ran\n');
    expect(readdirSync(spool())).toEqual([]);
  });

  it('leaves results that a user can tell by hand', async () => {
    const id = firstId(await site.add(script('echo the result')));
    const child = startWorker({ reports: 'unanswered' });
    await until(() => journalText().includes('"ended"'));
    await kill(child);

    const { launchpad, log } = site.worker();
    const options = { launchpad, log, spool: spool() };
    expect(await tellSpool('all', options)).toEqual({ journals: 1, taken: 1, refused: 0, left: 0 });
    expect((await site.firework(id)).state).toBe('COMPLETED');
    expect(await tellSpool('all', options)).toEqual({ journals: 0, taken: 0, refused: 0, left: 0 });
  });

  it('leaves results that stay in its journal when the launchpad was reset meanwhile', async () => {
    await site.add(script('echo the result'));
    const child = startWorker({ reports: 'unanswered' });
    await until(() => journalText().includes('"ended"'));
    await kill(child);
    const { launchpad, log } = site.worker();
    await site.launchpad.reset({ key: randomUUID() });
    const other = firstId(await site.add(script('true')));

    await site.runAll();
    expect((await site.firework(other)).state).toBe('COMPLETED');
    expect(await tellSpool('all', { launchpad, log, spool: spool() })).toMatchObject({ taken: 0, left: 1 });
    expect(journalText()).toContain('the result');
  });

  it('leaves claims that others run', async () => {
    const ids: FwId[] = [];
    for (let i = 0; i < 10; i++) ids.push(firstId(await site.add(script(`echo ${i}`))));
    const pidFile = join(site.folder, 'pid');
    await site.add(script(`echo $$ > ${pidFile}; sleep 1000`));
    for (let i = 0; i < 10; i++) ids.push(firstId(await site.add(script(`echo ${i}`))));
    const states = () => Promise.all(ids.map(async (id) => (await site.firework(id)).state));
    const child = startWorker();
    await until(() => existsSync(pidFile));
    // The long one may have begun before the end of the one before it in the line was written down.
    await until(async () => (await states()).slice(0, 10).every((state) => state === 'COMPLETED'));
    await kill(child);

    await site.runAll();
    // Those that were started behind the long one are lost with it; nothing is left hanging.
    const left = (await states()).filter((state) => state !== 'COMPLETED' && state !== 'FIZZLED');
    expect(left).toEqual([]);
  });

  it.each([
    ['', {}],
    [' in an allocation too', { rapidfire: inAllocation }],
  ])('at any moment, leaves every Firework accounted for, and none started twice%s', async (_, options) => {
    const ledger = join(site.folder, 'ledger');
    const ids = [];
    for (let i = 0; i < 60; i++)
      ids.push(firstId(await site.add(script(`echo ${i} >> ${ledger}; sleep 0.02`))));
    const ran = () => (existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n') : []);
    for (const enough of [8, 20, 35]) {
      const pair = [startWorker(options), startWorker(options)];
      await until(() => ran().length >= enough);
      for (const child of pair) await kill(child);
    }
    await site.runAll();
    const lines = ran();
    expect(new Set(lines).size).toBe(lines.length);
    for (const [i, id] of ids.entries()) {
      const { state } = await site.firework(id);
      expect(['COMPLETED', 'FIZZLED']).toContain(state);
      if (state === 'COMPLETED') expect(lines).toContain(String(i));
    }
  });
});

describe('upkeep', () => {
  it('finds nothing to do where all is well', async () => {
    const { launchpad, log } = site.worker();
    expect(await keepUp({ launchpad, log, spool: spool() })).toEqual({
      lost: [],
      released: [],
      finished: 0,
      told: [],
    });
  });

  it('is not done by one worker right after another', async () => {
    const { launchpad, log } = site.worker();
    const round = (notWithinSeconds: number) => keepUp({ launchpad, log, spool: spool(), notWithinSeconds });
    expect(await round(0)).not.toBeNull();
    expect(await round(600)).toBeNull();
    expect(await round(0)).not.toBeNull();
  });

  it('is tried again soon by a worker that found another at it, which may have looked too early', async () => {
    let asked = 0;
    const deadAgents: typeof site.launchpad.deadAgents = async (request) => {
      asked += 1;
      return asked < 3 ? { agents: [], heldByAnother: true } : site.launchpad.deadAgents(request);
    };
    const { log } = site.worker();
    jest.useFakeTimers({ doNotFake: ['performance', 'setImmediate', 'nextTick'] });
    try {
      const launchpad = { ...site.launchpad, deadAgents };
      const repeated = await repeatUpkeep({ launchpad, log, spool: spool() }, 120);
      expect(asked).toBe(1);
      await jest.advanceTimersByTimeAsync(5000);
      expect(asked).toBe(2);
      await jest.advanceTimersByTimeAsync(10_000);
      expect(asked).toBe(3);
      repeated.stop();
    } finally {
      jest.useRealTimers();
    }
  });
});
