import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { httpLaunchPad } from '@skyrocket/client/http-launchpad';
import { nodeTransport } from '@skyrocket/client/node-transport';
import type { Transport } from '@skyrocket/client/transport';
import { launchPadContract } from '../../launchpad/test/launchpad-contract/launchpad-contract.ts';
import { add, reportOf, run, states } from '../../launchpad/test/launchpad-contract/worker-steps.ts';
import { action, chain, fwIds, newKey, userMap } from '../../launchpad/test/store-contract/samples.ts';
import { type ServedLaunchPad, servedLaunchPad } from './served-launchpad.ts';

// Real servers, where other tests start theirs.

/** What upkeep did is told once. That a result was applied is told again in other words: see below. */
const toldOnce = /\/v1\/(upkeep|report|tellOffline)$/;

/** The first answer to each request is lost, so that it is sent again. */
const direct = nodeTransport();
const forgetful: Transport = async (url, request) => {
  if (!toldOnce.test(url)) await direct(url, request);
  return direct(url, request);
};

launchPadContract('SQLite over HTTP, where the first answer to everything is lost', async (terms) => {
  const { server, token, close } = await servedLaunchPad({ terms });
  const launchpad = httpLaunchPad({
    url: server.url,
    token: await token({ role: 'admin' }),
    transport: forgetful,
  });
  return { ...launchpad, close };
});

describe('a report that is sent again since its answer was lost', () => {
  let served: ServedLaunchPad;
  beforeEach(async () => {
    served = await servedLaunchPad();
  });
  afterEach(() => served.close());

  it('is applied once', async () => {
    const worker = await served.as({ role: 'worker' });
    await add(served.stored, { links: { 1: [2] }, specs: { 2: { n: 0 } } });
    const told = await reportOf(worker, await run(worker, 1));
    const request = {
      key: newKey(),
      reports: [{ ...told, action: action({ modSpec: [userMap({ _inc: { n: 1 } })] }) }],
    };
    expect((await worker.report(request)).results).toMatchObject([{ outcome: 'applied' }]);
    expect((await worker.report(request)).results).toMatchObject([{ outcome: 'already-applied' }]);
    const { fireworks } = await served.stored.findFireworks({ fwIds: fwIds(2), fields: 'all' });
    expect(fireworks[0]?.spec.get('n')).toBe(1);
  });

  it('is refused again when it came too late, so that its worker keeps it', async () => {
    const worker = await served.as({ role: 'worker' });
    await add(served.stored, chain);
    const request = { key: newKey(), reports: [await reportOf(worker, await run(worker, 1))] };
    await served.stored.rerun({ key: newKey(), fwIds: fwIds(1) });
    expect((await worker.report(request)).results).toMatchObject([{ outcome: 'refused' }]);
    expect((await worker.report(request)).results).toMatchObject([
      { outcome: 'refused', reason: expect.stringMatching(/rerun/) },
    ]);
    expect(await states(served.stored)).toMatchObject({ 1: 'READY' });
  });
});
