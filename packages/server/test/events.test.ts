import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import { add, complete } from '../../launchpad/test/launchpad-contract/worker-steps.ts';
import { chain, independent, newKey } from '../../launchpad/test/store-contract/samples.ts';
import { listenTo } from './event-listener.ts';
import { type ServedLaunchPad, servedLaunchPad } from './served-launchpad.ts';

// Real servers, where other tests start theirs.

let served: ServedLaunchPad;
let secret: string;

beforeEach(async () => {
  served = await servedLaunchPad();
  secret = await served.token({ role: 'reader' });
});

afterEach(() => served.close());

const listen = (lastEventId?: string) => listenTo(served, secret, lastEventId);

describe('the stream of events', () => {
  it('tells what changes through the server', async () => {
    const listener = await listen();
    const user = await served.as();
    await add(user, chain);
    await listener.until(({ fw_id, state }) => fw_id === 1 && state === 'READY');
    await complete(user, 1);
    await listener.until(({ fw_id, state }) => fw_id === 1 && state === 'COMPLETED');
    await listener.until(({ fw_id, state }) => fw_id === 2 && state === 'READY');
    listener.close();
  });

  it('tells what others change in the launchpad, too', async () => {
    await add(served.stored, chain);
    const listener = await listen();
    await served.stored.pause({ key: newKey(), fwIds: [fwId(1)] });
    const events = await listener.until(({ fw_id, state }) => fw_id === 1 && state === 'PAUSED');
    expect(events.at(-1)).toMatchObject({
      name: 'firework 1',
      updated_on: expect.stringMatching(/\+00:00$/),
    });
    listener.close();
  });

  it('goes on after the last event that was seen', async () => {
    const first = await listen();
    await add(served.stored, independent(3));
    const [seen] = await first.until(({ fw_id }) => fw_id === 3);
    first.close();
    await served.stored.pause({ key: newKey(), fwIds: [fwId(2)] });
    const second = await listen(seen?.id);
    await second.until(({ fw_id, state }) => fw_id === 2 && state === 'PAUSED');
    second.close();
  });

  it('goes on after an event of long ago, of another server', async () => {
    await add(served.stored, independent(150));
    const listener = await listen('2020-01-01T00:00:00.000000+00:00');
    await listener.until(({ fw_id }) => fw_id === 150);
    expect(new Set(listener.events.map(({ fw_id }) => fw_id)).size).toBe(150);
    listener.close();
  });

  it('refuses an id that it never gave', async () => {
    const answer = await served.send('/v1/events', { token: secret, headers: { 'last-event-id': '7' } });
    expect(answer.status).toBe(400);
  });

  it('tells several listeners', async () => {
    const listeners = [await listen(), await listen(), await listen()];
    await add(served.stored, independent(1));
    for (const listener of listeners) {
      await listener.until(({ fw_id }) => fw_id === 1);
      listener.close();
    }
  });

  it('ends with the server', async () => {
    const listener = await listen();
    await served.server.stop();
    await expect(listener.until(() => false)).rejects.toThrow(/ended/);
  });
});
