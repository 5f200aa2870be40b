import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { httpLaunchPad } from '@skyrocket/client/http-launchpad';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { silentLog } from '@skyrocket/contract/log';
import { openEmbeddedLaunchPad } from '@skyrocket/launchpad/open-embedded';
import { fwId } from '@skyrocket/model/ids';
import { Float, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { pino } from 'pino';
import { hashOfSecret } from '../src/bearer.ts';
import { type RunningServer, serve } from '../src/serve.ts';

let folder: string;
let stored: LaunchPad;
let server: RunningServer;
let launchpad: LaunchPad;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skyrocket-server-'));
  stored = await openEmbeddedLaunchPad({ file: join(folder, 'launchpad.db'), log: silentLog });
  server = await serve({
    launchpad: stored,
    log: pino({ level: 'silent' }),
    host: '127.0.0.1',
    port: 0,
    tls: null,
    proxy: 'none',
    basePath: '',
    requestsPerMinute: 10_000,
  });
  const secret = randomBytes(32).toString('base64url');
  await stored.createToken({
    key: 'token',
    tokenId: 'test',
    hash: hashOfSecret(secret),
    role: 'user',
    label: 'a test',
    fworker: null,
    category: null,
    query: new Map(),
    expiresOn: null,
  });
  launchpad = httpLaunchPad({ url: server.url, token: secret });
});

afterEach(async () => {
  await server.stop();
  await stored.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a launchpad that is reached over HTTP', () => {
  it('takes a Workflow and gives it back as it was', async () => {
    const spec: UserMap = new Map<string, UserValue>([
      ['_tasks', []],
      ['x', new Float(1)],
    ]);
    const { idMaps } = await launchpad.addWorkflows({
      key: 'add',
      workflows: [
        {
          name: 'w',
          metadata: new Map(),
          fireworks: [
            { fwId: fwId(-1), name: 'a', spec, state: 'READY', launches: [], archivedLaunches: [] },
          ],
          links: new Map(),
        },
      ],
    });
    expect(idMaps).toEqual([new Map([[-1, 1]])]);
    const { fireworks } = await launchpad.findFireworks({ fields: 'all' });
    expect(fireworks).toMatchObject([{ fwId: 1, name: 'a', state: 'READY' }]);
    expect(fireworks[0]?.spec).toEqual(spec);
  });

  it('opens to nobody without a token that it knows', async () => {
    const stranger = httpLaunchPad({ url: server.url, token: 'guessed' });
    await expect(stranger.identity()).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  });

  it('says what is wrong with a request in the same words', async () => {
    await expect(launchpad.dumpWorkflow({ fwId: fwId(7) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
