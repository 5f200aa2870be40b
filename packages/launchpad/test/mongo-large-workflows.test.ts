import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { connect } from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { longLeases } from './launchpad-contract/fresh-launchpad.ts';
import { add, claim, register, report, start, states } from './launchpad-contract/worker-steps.ts';
import { mongoSettings } from './mongo-settings.ts';
import { type MongodProcess, startMongod } from './mongod-process.ts';

/** Of Workflows of more than 200 Fireworks only what is around a Firework is read. */
describe('a large Workflow', () => {
  let mongod: MongodProcess | null = null;
  let opened: LaunchPad | null = null;
  const launchpad = () => {
    if (!opened) throw new Error('mongod has not been started');
    return opened;
  };

  beforeAll(async () => {
    mongod = await startMongod();
    opened = storeLaunchPad(mongoStore(await connect(mongoSettings(mongod, 'large'))), longLeases);
    await register(launchpad(), 'a');
  }, 120_000);
  afterAll(async () => {
    await opened?.close();
    await mongod?.stop();
  });

  it('frees the child of many parents that end one after another', async () => {
    const width = 220;
    const parents = Array.from({ length: width }, (_, index) => index + 1);
    const [join, next] = [width + 1, width + 2];
    const links = { ...Object.fromEntries(parents.map((id) => [id, [join]])), [join]: [next] };
    await add(launchpad(), { name: 'fan-in', links });
    for (let claimed = 0; claimed < width; claimed += 10) {
      const { claims } = await claim(launchpad(), { count: 10 });
      for (const { launchId } of claims) await start(launchpad(), launchId);
      for (const { launchId } of claims) await report(launchpad(), launchId);
    }
    expect(await states(launchpad())).toMatchObject({ 1: 'COMPLETED', [join]: 'READY', [next]: 'WAITING' });
  }, 60_000);
});
