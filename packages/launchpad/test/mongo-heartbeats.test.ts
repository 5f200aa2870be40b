import { describe, expect, it } from '@jest/globals';
import type { LaunchId } from '@skyrocket/model/ids';
import { add, launch, run } from './launchpad-contract/worker-steps.ts';
import { overheardLaunchPad } from './overheard-launchpad.ts';
import { agentId, independent, newKey, token } from './store-contract/samples.ts';

const site = overheardLaunchPad('heartbeats');

interface Life {
  name: string;
  launchId: LaunchId;
}

/** So many agents, each with a Launch that runs. */
async function livingAgents(count: number): Promise<Life[]> {
  const { launchpad } = site();
  await launchpad.reset({ key: newKey() });
  await add(launchpad, independent(count));
  const lives: Life[] = [];
  for (let id = 1; id <= count; id++) {
    const name = `agent ${id}`;
    lives.push({ name, launchId: await run(launchpad, id, name) });
  }
  return lives;
}

const beat = ({ name, launchId }: Life) =>
  site().launchpad.heartbeat({
    agentId: agentId(name),
    pings: [{ launchId, token: token(`token of ${launchId}`) }],
  });

const livingTogether = 40;

describe('heartbeats that come at the same moment', () => {
  it('are answered with the commands of one', async () => {
    const lives = await livingAgents(livingTogether);
    const { sent } = site();
    sent.length = 0;
    await Promise.all(lives.map(beat));
    expect(sent.length).toBeLessThanOrEqual(7);
  });

  it('are seen in each Launch as Python FireWorks looks for them', async () => {
    const lives = await livingAgents(3);
    const before = await Promise.all(lives.map(({ launchId }) => launch(site().launchpad, launchId)));
    await Promise.all(lives.map(beat));
    for (const { launchId, history } of before) {
      const now = (await launch(site().launchpad, launchId)).history;
      expect(now.slice(0, -1)).toEqual(history.slice(0, -1));
      expect(now.at(-1)).toEqual({ ...history.at(-1), updatedOn: expect.any(String) });
      expect(String(now.at(-1)?.updatedOn) > String(history.at(-1)?.updatedOn)).toBe(true);
    }
  });

  it('fail only where a Launch cannot be written', async () => {
    const lives = await livingAgents(3);
    const { connection } = site();
    await connection.launches.updateOne(
      { launch_id: lives[1]?.launchId },
      { $set: { state_history: 'no history' } },
    );
    const outcomes = await Promise.allSettled(lives.map(beat));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

it('upkeep asks about all agents with the questions of one', async () => {
  await livingAgents(livingTogether);
  const { sent, launchpad } = site();
  sent.length = 0;
  await launchpad.deadAgents({ key: newKey() });
  expect(sent.length).toBeLessThanOrEqual(9);
});
