import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { newSite, patiently, type Site, until } from '../programs/site.ts';
import { clientOf } from './served-site.ts';

/** More than a document of MongoDB may have. */
const mebibytes = 20;

/** Writes an action that stores a text of so many MiB. */
const large = JSON.stringify({
  spec: {
    _tasks: [
      {
        _fw_name: 'ScriptTask',
        script: `{ printf '{"stored_data": {"text": "'; head -c ${mebibytes * 1024 * 1024} /dev/zero | tr '\\0' x; printf '"}}'; } > FWAction.json`,
      },
    ],
  },
});

let mongod: MongodProcess;

beforeAll(async () => {
  mongod = await startMongod();
}, 120_000);

afterAll(() => mongod.stop());

function mongoSite(): Site {
  const site = newSite();
  site.write('my_launchpad.yaml', `host: 127.0.0.1\nport: ${mongod.port}\nname: large\n`);
  return site;
}

/** The most memory that a process has ever had, in MiB. */
function peakMemory(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

describe.each<[string, () => Site]>([
  ['a file', newSite],
  ['MongoDB', mongoSite],
])('a server over %s', (_kind, newHome) => {
  it(
    'takes an action of more than 16 MB from a worker, gives it to a user, and needs less than 1 GiB for that',
    async () => {
      const home = newHome();
      const { stdout } = await home.run('lpad', 'token', 'create', '--role', 'user');
      const server = home.start('lpad', 'serve', '--port', '0');
      await until(() => /Serving .* at /.test(server.log()), 'it serves');
      const [, url = ''] = /Serving .* at (http\S+)/.exec(server.log()) ?? [];
      const user = clientOf(url, stdout.trim());
      await user.run('lpad', 'add', user.write('large.json', large));
      expect(await user.run('rlaunch', 'singleshot')).toMatchObject({ code: 0 });
      const shown = (await user.ask('get_fws', '-i', '1', '-d', 'all')) as {
        state: string;
        launches: { action: { stored_data: { text: string } } }[];
      };
      expect(shown.state).toBe('COMPLETED');
      expect(shown.launches[0]?.action.stored_data.text).toBe('x'.repeat(mebibytes * 1024 * 1024));
      expect(peakMemory(server.pid)).toBeLessThan(1024);
      server.kill('SIGTERM');
      expect(await server.ended).toMatchObject({ code: 0 });
    },
    patiently,
  );
});
