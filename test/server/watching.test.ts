import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { newSite, patiently, type Site } from '../programs/site.ts';
import { servedSite } from './served-site.ts';
import { lpadInTerminal } from './terminal.ts';

const script = (script: string) => ({ _tasks: [{ _fw_name: 'ScriptTask', script }] });

/** One that succeeds, then one that fails and one that succeeds. */
const relaxation = JSON.stringify({
  name: 'relaxation',
  metadata: {},
  fws: [
    { fw_id: 1, name: 'relax the structure, which has a long name indeed', spec: script('true') },
    { fw_id: 2, name: 'bands', spec: script('exit 3') },
    { fw_id: 3, name: 'static', spec: script('true') },
  ],
  links: { 1: [2, 3] },
});

const single = JSON.stringify({
  metadata: {},
  fws: [{ fw_id: 1, name: 'one', spec: script('true') }],
  links: {},
});

let mongod: MongodProcess;

beforeAll(async () => {
  mongod = await startMongod();
}, 120_000);

afterAll(() => mongod.stop());

function mongoSite(): Site {
  const site = newSite();
  site.write('my_launchpad.yaml', `host: 127.0.0.1\nport: ${mongod.port}\nname: watched\n`);
  return site;
}

const places: [string, () => Site | Promise<Site>][] = [
  ['a file', newSite],
  ['MongoDB', mongoSite],
  ['a server', async () => (await servedSite(60)).client('user')],
];

describe.each(places)('lpad watch over %s', (_kind, newPlace) => {
  it(
    'draws a table over the one before until the Workflow has ended, and its exit code says how',
    async () => {
      const site = await newPlace();
      await site.run('lpad', 'add', site.write('relaxation.json', relaxation));
      const watching = lpadInTerminal(site, { rows: 20, columns: 60 }, 'watch', '-i', '1');
      expect(await site.run('rlaunch', '-s', 'rapidfire')).toMatchObject({ code: 0 });
      const { pictures, code } = await watching;
      expect(code).toBe(1);
      expect(pictures.length).toBeGreaterThan(1);
      // What went wrong stands first; too long a name is cut; nothing of the tables before is left.
      expect(pictures.at(-1)).toEqual([
        'FW_ID  STATE      NAME',
        '    2  FIZZLED    bands',
        '    1  COMPLETED  relax the structure, which has a long nam…',
        '    3  COMPLETED  static',
        '[######----] 2 of 3: 1 FIZZLED, 2 COMPLETED',
      ]);
    },
    patiently,
  );
});

describe.each(places)('lpad wait over %s', (_kind, newPlace) => {
  it(
    'ends with 0 when all is COMPLETED, with 1 when something is not, and with 3 when its time is over',
    async () => {
      const site = await newPlace();
      const added = (await site.ask('add', site.write('one.json', single))) as Record<string, number>;
      const one = String(added[1]);
      const broken = (await site.ask('add', site.write('relaxation.json', relaxation))) as typeof added;
      expect(await site.run('lpad', 'wait', '-i', one, '--timeout', '1')).toMatchObject({ code: 3 });
      const [good, bad] = [one, String(broken[1])].map((id) => site.start('lpad', 'wait', '-i', id));
      expect(await site.run('rlaunch', '-s', 'rapidfire')).toMatchObject({ code: 0 });
      expect(await good?.ended).toMatchObject({ code: 0 });
      expect(await bad?.ended).toMatchObject({ code: 1 });
    },
    patiently,
  );
});

describe('lpad watch in a terminal', () => {
  it(
    'that is small shows what fits and how much more there is; one without a size is taken for a usual one',
    async () => {
      const site = newSite();
      await site.run('lpad', 'add', site.write('relaxation.json', relaxation));
      await site.run('lpad', 'defuse_wflows', '-i', '1');
      const small = await lpadInTerminal(site, { rows: 6, columns: 30 }, 'watch', '-i', '1');
      expect(small.code).toBe(1);
      expect(small.pictures.at(-1)).toEqual([
        'FW_ID  STATE    NAME',
        '    1  DEFUSED  relax the str…',
        'and 2 more',
        '0 of 3: 3 DEFUSED',
      ]);
      const sizeless = await lpadInTerminal(site, { rows: 0, columns: 0 }, 'watch', '-i', '1');
      expect(sizeless.pictures.at(-1)).toHaveLength(5);
    },
    patiently,
  );
});
