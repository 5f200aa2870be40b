import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { newSite, patiently } from '../programs/site.ts';
import { clientOf, startServer } from './served-site.ts';

const dbpath = mkdtempSync(join(tmpdir(), 'skyrocket-servers-'));
let mongod: MongodProcess;
/** Two server processes over one database, as of a site that has several. */
const urls: string[] = [];
let secret: string;

beforeAll(async () => {
  mongod = await startMongod('--dbpath', dbpath);
  const home = newSite();
  home.write('my_launchpad.yaml', `host: 127.0.0.1\nport: ${mongod.port}\nname: fireworks\n`);
  secret = (await home.run('lpad', 'token', 'create', '--role', 'user')).stdout.trim();
  for (let i = 0; i < 2; i++) urls.push((await startServer(mongod.uri, 0, 60)).url);
}, patiently);

afterAll(async () => {
  await mongod?.stop();
  rmSync(dbpath, { recursive: true, force: true });
});

/** What a server says when it is asked for something that everybody may see. */
async function answer(url: string, path: string): Promise<[number, unknown]> {
  const told = await fetch(`${url}${path}`);
  return [told.status, await told.json()];
}

/** Asks both again and again until they say so. */
async function bothSay(path: string, status: number): Promise<unknown[]> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const answers = await Promise.all(urls.map((url) => answer(url, path)));
    if (answers.every(([told]) => told === status)) return answers.map(([, body]) => body);
  }
  throw new Error(`waited in vain until ${path} answers with ${status}`);
}

/** How often a server was due to do upkeep, and what came of it. */
async function rounds(url: string): Promise<{ done: number; held: number }> {
  const page = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${secret}` } });
  const text = await page.text();
  const count = (outcome: string) =>
    Number(new RegExp(`upkeep_rounds_total\\{outcome="${outcome}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
  return { done: count('done'), held: count('held by another') };
}

describe('two server processes over one MongoDB', () => {
  it(
    'do each round of upkeep once',
    async () => {
      let seen = await Promise.all(urls.map(rounds));
      const before = seen;
      const since = (what: 'done' | 'held') =>
        seen.map((one, index) => one[what] - (before[index]?.[what] ?? 0));
      const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
      while (sum(since('held')) < 5) seen = await Promise.all(urls.map(rounds));
      const due = since('done').map((done, index) => done + (since('held')[index] ?? 0));
      // One does it and the other sees that; at the edges only one of them is seen to.
      expect(sum(since('done'))).toBeLessThanOrEqual(Math.max(...due) + 1);
    },
    patiently,
  );

  it(
    'are alive but not ready while the database is away, say so to users, and are ready again by themselves',
    async () => {
      const users = urls.map((url) => clientOf(url, secret));
      expect(await bothSay('/readyz', 200)).toEqual([{ status: 'ready' }, { status: 'ready' }]);
      process.kill(mongod.pid, 'SIGKILL');
      const away = { status: 'the launchpad does not answer' };
      expect(await bothSay('/readyz', 503)).toEqual([away, away]);
      expect(await bothSay('/healthz', 200)).toEqual([{ status: 'alive' }, { status: 'alive' }]);
      for (const user of users) {
        const { code, stderr } = await user.run('lpad', 'get_fws');
        expect([code, stderr]).toEqual([1, expect.stringMatching(/^.*MongoDB.*\n$/i)]);
      }
      mongod = await startMongod('--dbpath', dbpath, '--port', String(mongod.port));
      expect(await bothSay('/readyz', 200)).toEqual([{ status: 'ready' }, { status: 'ready' }]);
      for (const user of users) expect(await user.ask('get_fws')).toEqual([]);
    },
    patiently,
  );
});
