import { describe, expect, it } from '@jest/globals';
import { lives, newSite, patiently, type Running, type Site, until } from './site.ts';

/** Two Fireworks; the first to run tells its process and never ends by itself. */
async function siteWithLongTask(script = 'echo $$ >> pids; exec sleep 1000'): Promise<Site> {
  const site = newSite();
  const spec = { _priority: 1, _launch_dir: site.directory, _tasks: [{ _fw_name: 'ScriptTask', script }] };
  site.write('long.json', JSON.stringify({ name: 'long', spec }));
  site.write('next.json', JSON.stringify({ name: 'next', spec: { ...spec, _priority: 0 } }));
  await site.run('lpad', 'add', 'long.json', 'next.json');
  return site;
}

async function startWorker(site: Site, ...words: string[]): Promise<{ worker: Running; pid: number }> {
  const worker = site.start('rlaunch', 'rapidfire', ...words);
  await until(() => site.lines('pids').length === 1, 'the task has begun');
  return { worker, pid: Number(site.lines('pids')[0]) };
}

describe('A worker that gets a signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s ends its task, tells why, and runs nothing more',
    async (signal, code) => {
      const site = await siteWithLongTask();
      const { worker, pid } = await startWorker(site);
      worker.kill(signal);
      expect(await worker.ended).toMatchObject({
        code,
        stderr: expect.stringContaining(`Stopped by ${signal}`),
      });
      expect(lives(pid)).toBe(false);
      expect(await site.ask('get_fws')).toMatchObject([{ state: 'FIZZLED' }, { state: 'READY' }]);
      const shown = await site.ask('get_fws', '-i', '1', '-d', 'more');
      expect(JSON.stringify(shown)).toContain(`interrupted by ${signal}`);
    },
    patiently,
  );

  it(
    'gives its Firework back when it was started with --on-signal=release',
    async () => {
      const site = await siteWithLongTask();
      const { worker, pid } = await startWorker(site, '--on-signal=release');
      worker.kill('SIGTERM');
      expect(await worker.ended).toMatchObject({
        code: 143,
        stderr: expect.stringContaining('1 given back'),
      });
      expect(lives(pid)).toBe(false);
      const shown = await site.ask('get_fws', '-d', 'all');
      expect(shown).toMatchObject([
        { state: 'READY', archived_launches: [{ fw_id: 1 }] },
        { state: 'READY' },
      ]);
      expect(JSON.stringify(shown)).toContain('interrupted by SIGTERM');
    },
    patiently,
  );

  it(
    'just after its task, as when a whole job is signalled, has interrupted the task, and runs nothing more',
    async () => {
      const site = await siteWithLongTask();
      const { worker, pid } = await startWorker(site, '--on-signal=release');
      process.kill(pid, 'SIGTERM');
      await until(() => !lives(pid), 'the task has died');
      worker.kill('SIGTERM');
      expect(await worker.ended).toMatchObject({
        code: 143,
        stderr: expect.stringContaining('0 Fireworks ran: 0 COMPLETED, 0 FIZZLED, 1 given back'),
      });
      expect(site.lines('pids')).toHaveLength(1);
      expect(await site.ask('get_fws')).toMatchObject([{ state: 'READY' }, { state: 'READY' }]);
    },
    patiently,
  );

  it(
    'does not wait for it when its task was killed alone',
    async () => {
      const site = await siteWithLongTask();
      const { worker, pid } = await startWorker(site);
      process.kill(pid, 'SIGTERM');
      await until(() => site.lines('pids').length === 2, 'the next task has begun');
      worker.kill('SIGTERM');
      await worker.ended;
      expect(await site.ask('get_fws')).toMatchObject([{ state: 'FIZZLED' }, { state: 'FIZZLED' }]);
      const shown = await site.ask('get_fws', '-i', '1', '-d', 'more');
      expect(JSON.stringify(shown)).toContain('Return code: [-15]');
      expect(JSON.stringify(shown)).not.toContain('interrupted');
    },
    patiently,
  );

  it(
    'waits for a task that ends in good order within its grace, and keeps what it did',
    async () => {
      const site = await siteWithLongTask(
        'trap "echo tidied >> tidied; exit 0" TERM; echo $$ >> pids; while :; do sleep 0.05; done',
      );
      const { worker } = await startWorker(site);
      worker.kill('SIGTERM');
      expect(await worker.ended).toMatchObject({ code: 143 });
      expect(site.lines('tidied')).toEqual(['tidied']);
      expect(await site.ask('get_fws', '-i', '1')).toMatchObject({ state: 'FIZZLED' });
    },
    patiently,
  );

  it(
    'kills at once on a second SIGINT; what it ran is declared lost by whoever comes next',
    async () => {
      const site = await siteWithLongTask(
        'trap "echo asked >> asked" INT; echo $$ >> pids; while :; do sleep 0.05; done',
      );
      const { worker, pid } = await startWorker(site);
      worker.kill('SIGINT');
      await until(() => site.lines('asked').length > 0, 'the task was asked to end');
      expect(worker.log()).toContain('SIGINT: nothing more begins; what runs has 10 s to end');
      worker.kill('SIGINT');
      expect(await worker.ended).toMatchObject({
        code: 130,
        stderr: expect.stringContaining('results stay in the journal until the next worker tells them'),
      });
      await until(() => !lives(pid), 'the task is killed');
      expect(await site.ask('get_fws', '-i', '1')).toMatchObject({ state: 'RUNNING' });
      await site.run('lpad', 'admin', 'maintain');
      expect(await site.ask('get_fws')).toMatchObject([{ state: 'FIZZLED' }, { state: 'READY' }]);
    },
    patiently,
  );

  it(
    'ends at once while it waits for something to do',
    async () => {
      const site = newSite();
      const worker = site.start('rlaunch', 'rapidfire', '--nlaunches', 'infinite', '--sleep', '1000');
      await until(() => worker.log().includes('nothing is READY'), 'it has found nothing');
      worker.kill('SIGTERM');
      expect(await worker.ended).toMatchObject({ code: 143 });
    },
    patiently,
  );
});
