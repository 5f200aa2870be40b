import { describe, expect, it } from '@jest/globals';
import { newSite, patiently, type Site } from './site.ts';

/** Three Fireworks that may run, each of which says so in a file. */
async function siteWithThree(): Promise<Site> {
  const site = newSite();
  const script = `echo ran >> ${site.directory}/ran`;
  const spec = { _tasks: [{ _fw_name: 'ScriptTask', script }] };
  const fws = [1, 2, 3].map((fw_id) => ({ fw_id, spec }));
  await site.run('lpad', 'add', site.write('three.json', JSON.stringify({ fws, links: {}, metadata: {} })));
  return site;
}

describe('The options of rlaunch rapidfire', () => {
  const cases: [string, string[], number][] = [
    ['runs all without any', ['--sleep', '0'], 3],
    ['runs so many with --nlaunches', ['--nlaunches', '2'], 2],
    ['goes on for ever with infinite, as often as --max_loops says', ['--nlaunches', 'infinite'], 3],
    ['takes -1 for infinite', ['--nlaunches', '-1'], 3],
    ['begins nothing after --timeout', ['--timeout', '0'], 0],
  ];
  it.each(cases)(
    '%s',
    async (_, words, ran) => {
      const site = await siteWithThree();
      const bounded = words.includes('--sleep') ? [] : ['--max_loops', '2', '--sleep', '1'];
      expect(await site.run('rlaunch', 'rapidfire', ...words, ...bounded)).toMatchObject({ code: 0 });
      expect(site.lines('ran')).toHaveLength(ran);
      expect(await site.ask('get_fws', '-s', 'READY', '-d', 'count')).toBe(3 - ran);
    },
    patiently,
  );
});
