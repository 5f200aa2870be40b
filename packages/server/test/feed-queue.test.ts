import { describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import { type FeedChange, feedQueue, toldOneByOne } from '../src/feed-queue.ts';

const change = (position: string): FeedChange => ({
  fwId: fwId(1),
  name: 'a',
  state: 'READY',
  updatedOn: timestamp(0),
  position,
});

const queueUntil = (until: AbortSignal) => feedQueue({ until, silenceMilliseconds: 1 });

describe('what waits for a reader of events', () => {
  it('is told in small batches, and is never more than is told one by one: then the reader has to look', async () => {
    const ending = new AbortController();
    const queue = queueUntil(ending.signal);
    const some = Array.from({ length: 999 }, (_, i) => change(String(i)));
    for (let sent = 0; sent <= 3 * toldOneByOne; sent += some.length) queue.push(some);
    let told = 0;
    let looks = 0;
    for await (const batch of queue.batches()) {
      if (batch.length === 0) break;
      expect(batch.length).toBeLessThanOrEqual(500);
      told += batch.length;
      looks += batch.filter((item) => item === 'look').length;
    }
    expect(told).toBeLessThanOrEqual(toldOneByOne);
    expect(looks).toBe(1);
  });

  it('leaves out what was told before, also when it comes late', async () => {
    const ending = new AbortController();
    const queue = queueUntil(ending.signal);
    queue.push([change('A'), change('B')]);
    queue.skipUntil('A');
    queue.push([change('A'), 'look', change('C')]);
    for await (const batch of queue.batches()) {
      expect(batch).toEqual([change('B'), 'look', change('C')]);
      break;
    }
  });
});
