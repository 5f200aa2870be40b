import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newSite, patiently, type Running, type Site, until } from '../programs/site.ts';
import { clientOf } from './served-site.ts';

interface Serving {
  home: Site;
  running: Running;
  url: string;
  secret: string;
}

/** `lpad serve`, as a site starts it. */
async function serving(...words: string[]): Promise<Serving> {
  const home = newSite();
  const { stdout } = await home.run('lpad', 'token', 'create', '--role', 'user', '--label', 'me');
  const running = home.start('lpad', 'serve', '--port', '0', ...words);
  await until(() => /Serving .* at /.test(running.log()), 'it serves');
  const [, url = ''] = /Serving .* at (http\S+)/.exec(running.log()) ?? [];
  return { home, running, url, secret: stdout.trim() };
}

const two = JSON.stringify({
  name: 'two',
  metadata: {},
  fws: [1, 2].map((fw_id) => ({
    fw_id,
    name: `step ${fw_id}`,
    spec: { _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }] },
  })),
  links: { 1: [2] },
});

const fails = JSON.stringify({ spec: { _tasks: [{ _fw_name: 'ScriptTask', script: 'exit 3' }] } });

describe('lpad serve', () => {
  it(
    'lets users and workers elsewhere do what they do, and ends in good order',
    async () => {
      const { home, running, url, secret } = await serving();
      const user = clientOf(url, secret);
      expect(await user.ask('add', user.write('two.json', two))).toEqual({ 1: 1, 2: 2 });
      expect(await user.run('rlaunch', 'rapidfire')).toMatchObject({ code: 0 });
      expect(await user.ask('get_fws', '-s', 'COMPLETED', '-d', 'count')).toBe(2);
      expect((await user.run('lpad', 'version')).stdout).toContain(url);
      running.kill('SIGTERM');
      expect(await running.ended).toMatchObject({ code: 0 });
      expect(await home.ask('get_fws', '-s', 'COMPLETED', '-d', 'count')).toBe(2);
      expect(await user.run('lpad', 'get_fws')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/does not answer/),
      });
    },
    patiently,
  );

  it(
    'writes no secret into its log or its output, whatever happens',
    async () => {
      const { running, url, secret } = await serving();
      const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
      const send = (path: string, body: string, more = {}) =>
        fetch(`${url}${path}`, { method: 'POST', body, headers: { ...headers, ...more } });
      await send('/v1/identity', '{}');
      await send('/v1/identity', '{');
      await send(`/v1/nothing?token=${secret}`, secret);
      await send('/v1/createToken', JSON.stringify({ key: 'k', hash: 'f'.repeat(64), secret }));
      await send('/v1/identity', '{}', { authorization: `Bearer ${secret}x` });
      running.kill('SIGTERM');
      const { stdout, stderr } = await running.ended;
      expect(`${stdout}${stderr}`).not.toContain(secret);
      expect(`${stdout}${stderr}`).not.toContain('f'.repeat(64));
    },
    patiently,
  );

  it(
    'refuses to listen where others could read tokens',
    async () => {
      const home = newSite();
      expect(await home.run('lpad', 'serve', '--host', '0.0.0.0', '--port', '0')).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/others could read tokens on the network/),
      });
      expect(await home.run('lpad', 'serve', '--tls-cert', 'cert.pem')).toMatchObject({ code: 2 });
      const client = clientOf('http://127.0.0.1:1', 'token');
      expect(await client.run('lpad', 'serve')).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/names a server/),
      });
    },
    patiently,
  );

  it(
    'is told from something else that answers there, and its token file must be private',
    async () => {
      const { running, url, secret } = await serving('--base-path', '/lp');
      expect(url).toMatch(/\/lp$/);
      const lost = clientOf(url.replace(/\/lp$/, '/elsewhere'), secret);
      expect(await lost.run('lpad', 'get_fws')).toMatchObject({ code: 2 });
      const careless = clientOf(url, secret);
      careless.write('my_launchpad.yaml', `url: ${url}\ntoken_file: open\n`);
      careless.write('open', secret);
      const { code, stderr } = await careless.run('lpad', 'get_fws');
      expect([code, stderr]).toEqual([2, expect.stringMatching(/others can read the token in .*chmod 600/)]);
      expect(stderr).not.toContain(secret);
      running.kill('SIGTERM');
      await running.ended;
    },
    patiently,
  );
});

describe('lpad token', () => {
  it(
    'makes a token once, into a file that only its owner can read, and takes it back',
    async () => {
      const { home, running, url } = await serving();
      await home.run('lpad', 'token', 'create', '--role', 'reader', '--file', 'mine', '--label', 'a reader');
      const secret = readFileSync(join(home.directory, 'mine'), 'utf8').trim();
      const reader = clientOf(url, secret);
      expect(await reader.ask('get_fws')).toEqual([]);
      const listed = await home.run('lpad', 'token', 'list');
      expect(listed.stdout).toMatch(/a reader/);
      expect(listed.stdout).not.toContain(secret);
      const tokens = JSON.parse(listed.stdout) as { token: string; label: string }[];
      const id = tokens.find(({ label }) => label === 'a reader')?.token ?? '';
      expect(await home.run('lpad', 'token', 'revoke', id)).toMatchObject({ code: 0 });
      let refused = await reader.run('lpad', 'get_fws');
      for (const deadline = Date.now() + 60_000; refused.code === 0 && Date.now() < deadline; ) {
        refused = await reader.run('lpad', 'get_fws');
      }
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/was revoked on/) });
      running.kill('SIGTERM');
      await running.ended;
    },
    patiently,
  );
});

describe('lpad wait and lpad watch', () => {
  it(
    'end when a Workflow does, and their exit code says how',
    async () => {
      const site = newSite();
      await site.run('lpad', 'add', site.write('two.json', two), site.write('fails.json', fails));
      const waiting = site.start('lpad', '-o', 'json', 'wait', '-i', '1');
      const watching = site.start('lpad', 'watch', '-i', '2,3');
      await site.run('rlaunch', 'rapidfire');
      const waited = await waiting.ended;
      expect(waited.code).toBe(0);
      expect(JSON.parse(waited.stdout)).toEqual({ end: 'completed', states: { COMPLETED: 2 } });
      const watched = await watching.ended;
      expect(watched.code).toBe(1);
      expect(watched.stdout).toMatch(/^2 of 3: 1 FIZZLED, 2 COMPLETED$/m);
    },
    patiently,
  );

  it(
    'wait no longer than they are told, and say so',
    async () => {
      const site = newSite();
      await site.run('lpad', 'add', site.write('two.json', two));
      const { code, stdout } = await site.run('lpad', '-o', 'json', 'wait', '-i', '1', '--timeout', '1');
      expect([code, JSON.parse(stdout)]).toEqual([3, { end: 'timeout', states: { WAITING: 1, READY: 1 } }]);
    },
    patiently,
  );

  it(
    'know when nothing can go on any more, when all was deleted, and when there is no such Workflow',
    async () => {
      const site = newSite();
      await site.run('lpad', 'add', site.write('two.json', two));
      await site.run('lpad', 'defuse_fws', '-i', '1');
      expect(await site.run('lpad', '-o', 'json', 'wait', '-i', '1')).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/stuck/),
      });
      await site.run('lpad', 'resume_fws', '-i', '1');
      await site.run('lpad', 'reignite_fws', '-i', '1');
      const waiting = site.start('lpad', 'watch', '-i', '1');
      await site.run('lpad', 'delete_wflows', '-i', '1');
      expect((await waiting.ended).code).not.toBe(0);
      expect(await site.run('lpad', 'wait', '-i', '77')).toMatchObject({ code: 2 });
      expect(await site.run('lpad', 'wait')).toMatchObject({ code: 2 });
    },
    patiently,
  );
});
