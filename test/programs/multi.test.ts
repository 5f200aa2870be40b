import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { newSite, patiently, type Site } from './site.ts';

/** Fireworks that end only when so many of them run at once. */
async function siteWithMeeting(size: number): Promise<Site> {
  const site = newSite();
  const script = `echo here >> ../meeting; until [ $(wc -l < ../meeting) -ge ${size} ]; do sleep 0.05; done`;
  const spec = { _tasks: [{ _fw_name: 'ScriptTask', script }] };
  const fws = Array.from({ length: size }, (_, i) => ({ fw_id: i + 1, spec }));
  site.write('meeting.json', JSON.stringify({ fws, links: {}, metadata: {} }));
  await site.run('lpad', 'add', 'meeting.json');
  return site;
}

describe('Several Fireworks at once', () => {
  it.each([
    ['mlaunch', ['4', '--sleep', '1']],
    ['rlaunch', ['multi', '4', '--sleep', '1']],
  ] as const)(
    'are run by %s, each in a slot that its result names',
    async (program, words) => {
      const site = await siteWithMeeting(4);
      expect(await site.run(program, ...words)).toMatchObject({ code: 0 });
      const shown = JSON.stringify(await site.ask('get_fws', '-s', 'COMPLETED', '-d', 'more'));
      const slots = [...shown.matchAll(/"multiprocess_name":"(Process-\d)"/g)].map(([, slot]) => slot);
      expect(new Set(slots)).toEqual(new Set(['Process-1', 'Process-2', 'Process-3', 'Process-4']));
    },
    patiently,
  );

  it(
    'are no more than --nlaunches for each slot',
    async () => {
      const site = newSite();
      const fws = Array.from({ length: 10 }, (_, i) => ({
        fw_id: i + 1,
        spec: { _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }] },
      }));
      await site.run('lpad', 'add', site.write('ten.json', JSON.stringify({ fws, links: {}, metadata: {} })));
      await site.run('mlaunch', '2', '--nlaunches', '3');
      expect(await site.ask('get_fws', '-s', 'COMPLETED', '-d', 'count')).toBe(6);
      await site.run('rlaunch', 'rapidfire', '--nlaunches', '1');
      expect(await site.ask('get_fws', '-s', 'COMPLETED', '-d', 'count')).toBe(7);
    },
    patiently,
  );

  it(
    'print into their launch directories with --local_redirect',
    async () => {
      const site = newSite();
      const task = { _fw_name: 'ScriptTask', script: 'echo out; echo err >&2' };
      await site.run('lpad', 'add', site.write('one.json', JSON.stringify({ spec: { _tasks: [task] } })));
      const { stdout } = await site.run('rlaunch', 'multi', '1', '--local_redirect', '--sleep', '0');
      expect(stdout).toBe('');
      const directory = (await site.run('lpad', 'get_launchdir', '1')).stdout
        .trimEnd()
        .slice(site.directory.length + 1);
      expect(site.lines(`${directory}/FW_job.out`)).toEqual(['out']);
      expect(site.lines(`${directory}/FW_job.error`)).toEqual(['err']);
    },
    patiently,
  );

  it(
    'are told their share of the nodes of an allocation',
    async () => {
      const site = newSite({ PBS_NODEFILE: 'nodes' });
      const script =
        'echo "$SKYROCKET_SLOT_NODES $SKYROCKET_SLOT_PROCESSORS" >> ../shares; echo >> ../meeting';
      const meet = 'until [ $(wc -l < ../meeting) -ge 2 ]; do sleep 0.05; done';
      const fws = [1, 2].map((fw_id) => ({
        fw_id,
        spec: { _tasks: [{ _fw_name: 'ScriptTask', script: `${script}; ${meet}` }] },
      }));
      await site.run('lpad', 'add', site.write('two.json', JSON.stringify({ fws, links: {}, metadata: {} })));
      site.write('nodes', `n2\nn1\nn1\nn4\nn3\n${hostname()}\n`);
      const words = ['--nodefile', 'PBS_NODEFILE', '--ppn', '16', '--exclude_current_node', '--sleep', '1'];
      expect(await site.run('mlaunch', '2', ...words)).toMatchObject({ code: 0 });
      expect(site.lines('shares').sort()).toEqual(['n1,n2 32', 'n3,n4 32']);
    },
    patiently,
  );

  it(
    'are refused a list of nodes that cannot be shared out',
    async () => {
      const site = newSite();
      site.write('nodes', 'n1\nn2\nn2\nn3\n');
      const uneven = await site.run('mlaunch', '2', '--nodefile', 'nodes');
      expect(uneven).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('3 nodes cannot be shared out evenly'),
      });
      const absent = await site.run('mlaunch', '2', '--nodefile', 'nowhere');
      expect(absent).toMatchObject({ code: 2, stderr: expect.stringContaining('nowhere cannot be read') });
    },
    patiently,
  );
});
