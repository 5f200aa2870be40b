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
import type { FastifyInstance } from 'fastify';
import { buildServer } from '../src/build-server.ts';

let folder: string;
let stored: LaunchPad;
let app: FastifyInstance;
let launchpad: LaunchPad;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skyrocket-server-'));
  stored = await openEmbeddedLaunchPad({ file: join(folder, 'launchpad.db'), log: silentLog });
  app = buildServer({
    launchpad: stored,
    authenticate: async () => ({ tokenId: 'test', role: 'user' }),
  });
  launchpad = httpLaunchPad({ url: await app.listen({ port: 0 }), token: null });
});

afterEach(async () => {
  await app.close();
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

  it('says what is wrong with a request in the same words', async () => {
    await expect(launchpad.dumpWorkflow({ fwId: fwId(7) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
