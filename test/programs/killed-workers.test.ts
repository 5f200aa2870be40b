import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lives, newSite, patiently, type Running, type Site, until } from './site.ts';

const fireworks = 160;
const workers = 8;
const kills = 16;

/** A task that tells a ledger that it began, takes a while, and asks for something that adds up. */
function counting(id: number): string {
  const action = {
    stored_data: {},
    exit: false,
    update_spec: {},
    mod_spec: [{ _inc: { count: 1 } }, { _push: { done: id } }],
    additions: [],
    detours: [],
    defuse_children: false,
  };
  return `echo "$PWD" >> ../ledger; sleep 0.05; echo '${JSON.stringify(action)}' > FWAction.json`;
}

/** So many Fireworks, and one below them all that runs whatever became of them. */
function campaign(): string {
  const ids = Array.from({ length: fireworks }, (_, i) => i + 1);
  const last = fireworks + 1;
  const task = (script: string) => ({ _fw_name: 'ScriptTask', script });
  return JSON.stringify({
    name: 'campaign',
    metadata: {},
    fws: [
      ...ids.map((fw_id) => ({ fw_id, name: 'count', spec: { _tasks: [task(counting(fw_id))] } })),
      { fw_id: last, name: 'sum', spec: { _allow_fizzled_parents: true, count: 0, _tasks: [task('true')] } },
    ],
    links: Object.fromEntries(ids.map((fw_id) => [fw_id, [last]])),
  });
}

const startWorker = (site: Site) => site.start('rlaunch', 'rapidfire', '--sleep', '1');

/** Kills one of the workers, and puts a new one in its place, each time when work has gone on. */
async function killAtRandom(site: Site, running: Running[]): Promise<void> {
  for (let kill = 1; kill <= kills; kill++) {
    const seen = site.lines('ledger').length;
    await until(() => site.lines('ledger').length >= Math.min(seen + 3, fireworks - workers), 'work goes on');
    const victim = Math.floor(Math.random() * running.length);
    running[victim]?.kill('SIGKILL');
    running[victim] = startWorker(site);
  }
}

interface ShownLaunch {
  launch_dir: string;
  state: string;
}

interface ShownFirework {
  fw_id: number;
  name: string;
  state: string;
  spec: { count: number; done?: number[] };
  launches: ShownLaunch[];
  archived_launches?: ShownLaunch[];
}

describe('Eight workers on one launchpad, of which one is killed again and again', () => {
  it(
    'leave every Firework accounted for: started at most once a Launch, each result applied once',
    async () => {
      const site = newSite();
      await site.run('lpad', 'add', site.write('campaign.json', campaign()));
      const running = Array.from({ length: workers }, () => startWorker(site));
      await killAtRandom(site, running);
      for (const { ended } of running) expect(await ended).toMatchObject({ code: 0 });
      await site.run('rlaunch', 'rapidfire', '--sleep', '1');

      const shown = (await site.ask('get_fws', '-d', 'all')) as ShownFirework[];
      const counted = shown.filter(({ name }) => name === 'count');
      const sum = shown.find(({ name }) => name === 'sum');
      const completed = counted.filter(({ state }) => state === 'COMPLETED').map(({ fw_id }) => fw_id);
      const other = counted.filter(({ state }) => state !== 'COMPLETED').map(({ state }) => state);

      // Accounted for: what did not complete is FIZZLED because it was lost, and the last one has run.
      expect(shown).toHaveLength(fireworks + 1);
      expect(new Set(other)).toEqual(new Set(other.length > 0 ? ['FIZZLED'] : []));
      expect(sum?.state).toBe('COMPLETED');
      expect(completed.length).toBeGreaterThan(fireworks / 2);

      // Started at most once: no launch directory is in the ledger twice, and each is known.
      const ledger = site.lines('ledger').map((line) => basename(line));
      expect(new Set(ledger).size).toBe(ledger.length);
      const launches = shown.flatMap((firework) => [
        ...firework.launches,
        ...(firework.archived_launches ?? []),
      ]);
      expect(launches.map(({ launch_dir }) => basename(launch_dir))).toEqual(expect.arrayContaining(ledger));

      // Applied once: what was counted is what completed.
      expect(sum?.spec.count).toBe(completed.length);
      expect([...(sum?.spec.done ?? [])].sort((a, b) => a - b)).toEqual(completed);
    },
    patiently,
  );

  it(
    'leave no process of theirs behind',
    async () => {
      const site = newSite();
      const script = 'echo $$ >> ../pids; exec sleep 1000';
      const task = { _fw_name: 'ScriptTask', script };
      await site.run('lpad', 'add', site.write('long.json', JSON.stringify({ spec: { _tasks: [task] } })));
      const worker = startWorker(site);
      await until(() => site.lines('pids').length === 1, 'the task has begun');
      worker.kill('SIGKILL');
      await worker.ended;
      const [pid] = site.lines('pids').map(Number);
      await until(() => !lives(pid ?? 0), 'the task of a killed worker has ended');
    },
    patiently,
  );
});
