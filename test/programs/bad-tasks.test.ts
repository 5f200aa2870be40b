import { describe, expect, it } from '@jest/globals';
import { newSite, patiently } from './site.ts';

const script = (text: string) => ({ _fw_name: 'ScriptTask', script: text });

/** A task, and what its Firework tells of it. */
const bad: Record<string, { task: object; reason: RegExp }> = {
  'ends with a code that is not 0': {
    task: script('echo "POTCAR is missing" >&2; exit 3'),
    reason: /Return code: \[3\].*POTCAR is missing/s,
  },
  'is killed': { task: script('kill -9 $$'), reason: /Return code: \[-9\]/ },
  throws: { task: { _fw_name: 'js:./tasks.mjs#Throws' }, reason: /no convergence after 60 steps/ },
  'ends its process': { task: { _fw_name: 'js:./tasks.mjs#Exits' }, reason: /ended with code 7/ },
  'prints 100 MB and fails': {
    task: script('yes 0123456789012345678901234567890123456789 | head -c 100000000; echo the end; false'),
    reason: /Return code: \[1\].*the end/s,
  },
  'leaves an FWAction.json that is none': {
    task: script('echo "{\\"update_spec\\": 3}" > FWAction.json'),
    reason: /FWAction\.json.*update_spec/s,
  },
  'leaves an FWAction.json that is cut off': {
    task: script('echo "{\\"update_spec\\": {" > FWAction.json'),
    reason: /FWAction\.json/,
  },
  'wants what it does not name': {
    task: { _fw_name: 'FileTransferTask', mode: 'copy' },
    reason: /the parameter .*files.* is missing/,
  },
};

describe('A Firework whose task', () => {
  it(
    `${Object.keys(bad).join(', or ')}: is FIZZLED with the reason, and the worker goes on`,
    async () => {
      const site = newSite();
      site.write(
        'tasks.mjs',
        `export const Throws = () => { throw new Error('no convergence after 60 steps'); };
         export const Exits = () => process.exit(7);`,
      );
      const names = Object.keys(bad);
      const fws = names.map((name, i) => ({ fw_id: i + 1, name, spec: { _tasks: [bad[name]?.task] } }));
      const last = {
        fw_id: names.length + 1,
        name: 'good',
        spec: { _priority: -1, _tasks: [script('true')] },
      };
      site.write('bad.json', JSON.stringify({ fws: [...fws, last], links: {}, metadata: {} }));
      await site.run('lpad', 'add', 'bad.json');
      expect(await site.run('rlaunch', 'rapidfire', '--local_redirect', '--sleep', '0')).toMatchObject({
        code: 0,
      });

      for (const [i, name] of names.entries()) {
        const shown = await site.ask('get_fws', '-i', String(i + 1), '-d', 'more');
        expect({ name, shown }).toMatchObject({ name, shown: { state: 'FIZZLED' } });
        const action = JSON.stringify(shown);
        expect(action.length).toBeLessThan(100_000);
        expect({ name, action }).toEqual({ name, action: expect.stringMatching(bad[name]?.reason ?? '') });
      }
      expect(await site.ask('get_fws', '-n', 'good')).toMatchObject({ state: 'COMPLETED' });
    },
    patiently,
  );

  it(
    'cannot be imported by this worker is given back, and told',
    async () => {
      const site = newSite();
      site.write('lost.json', JSON.stringify({ spec: { _tasks: [{ _fw_name: 'js:./nowhere.mjs#Task' }] } }));
      await site.run('lpad', 'add', 'lost.json');
      const { code, stderr } = await site.run(
        'rlaunch',
        'rapidfire',
        '--nlaunches',
        '1',
        '--max_loops',
        '1',
        '--sleep',
        '0',
      );
      expect(code).toBe(0);
      expect(stderr).toMatch(
        /module \.\/nowhere\.mjs cannot be imported by .* on Automatically generated Worker/,
      );
      expect(await site.ask('get_fws')).toMatchObject({ state: 'READY' });
    },
    patiently,
  );
});
