import { expect, it } from '@jest/globals';
import { startAgent } from '../src/agent.ts';
import { type FileFailure, type FileOrder, obey } from '../src/file-orders.ts';
import { startClaims } from '../src/starting.ts';
import { workerSite } from './worker-site.ts';

/** A thread that makes directories at once, and files when it is told to. */
function slowThread() {
  const waiting: (() => void)[] = [];
  const thread = {
    async obey(orders: FileOrder[]): Promise<FileFailure[]> {
      if (orders.some(({ make }) => make !== 'directory')) await new Promise<void>((go) => waiting.push(go));
      return orders.map(obey);
    },
    async stop() {},
  };
  return { waiting, thread };
}

it('starts many Launches without waiting for their files, which are written a part at a time', async () => {
  const site = await workerSite();
  const worker = site.worker();
  const agent = await startAgent(worker, { pings: () => [], takenAway() {} });
  const { waiting, thread: files } = slowThread();
  try {
    const fireworks = Array.from({ length: 80 }, (_, i) => `{fw_id: ${i}, spec: {_tasks: []}}`);
    await site.add(`{fws: [${fireworks.join(', ')}], links: {}, metadata: {}}`);
    const until = new AbortController().signal;
    const { claims } = await agent.claim({ count: 80, order: 'any', withoutTasks: [] }, until);
    const launches = await startClaims(claims, { worker, agent, place: 'launcher', files, until });
    expect(launches).toHaveLength(80);
    const written = () => launches.filter(({ filesWritten }) => filesWritten).length;
    expect(written()).toBe(0);
    for (const [part, go] of waiting.entries()) {
      const first = launches[written()];
      expect(first?.filesUnderWay).not.toBeNull();
      go();
      await first?.filesUnderWay;
      expect(first).toMatchObject({ filesWritten: true, filesUnderWay: null });
      expect(written()).toBe(part === 0 ? 50 : 80);
    }
    expect(written()).toBe(80);
  } finally {
    await agent.stop('sign-off');
    agent.journal.close();
    await site.end();
  }
});
