// Agents as rlaunch processes are: each registers, claims one Firework, starts it, and from then on sends a heartbeat a minute.

import { fworker } from './in-process.mjs';

const heartbeatSeconds = 60;

/** So many begin at a time, as jobs of a cluster do. */
const beginningAtOnce = 32;

/**
 * Brings so many agents to life. `connect` gives each a LaunchPad of its own. The answer tells of all heartbeats until
 * `stop`: their milliseconds, and how many failed.
 */
export async function bringToLife(connect, count) {
  const hearts = { milliseconds: [], failed: 0, timers: new Set() };
  let next = 0;
  const beginning = async () => {
    while (next < count) beat(connect(), await begin(connect(), next++), hearts);
  };
  await Promise.all(Array.from({ length: beginningAtOnce }, beginning));
  return {
    hearts,
    stop() {
      for (const timer of hearts.timers) clearInterval(timer);
    },
  };
}

async function begin(launchpad, index) {
  const agentId = `agent ${index}`;
  const agent = { agentId, fworker, host: 'elsewhere', ip: '10.0.0.1' };
  await launchpad.registerAgent({ ...agent, pid: 1, processStart: '', journal: '', version: '0' });
  const claim = { key: `c ${agentId}`, ...agent, count: 1, order: 'any', withoutTasks: [] };
  const { launchId } = (await launchpad.claim(claim)).claims[0];
  const starts = [{ launchId, token: agentId, launchDir: '/l' }];
  await launchpad.start({ key: `s ${agentId}`, ...agent, starts });
  return { agentId, pings: [{ launchId, token: agentId }] };
}

/** The first heartbeat comes at a random moment: so many agents never began together. */
function beat(launchpad, heartbeat, hearts) {
  const send = async () => {
    const begun = performance.now();
    try {
      const { takenAway } = await launchpad.heartbeat(heartbeat);
      if (takenAway.length > 0) throw new Error('a Launch was taken away');
      hearts.milliseconds.push(performance.now() - begun);
    } catch {
      hearts.failed++;
    }
  };
  const first = setTimeout(
    () => {
      hearts.timers.delete(first);
      hearts.timers.add(setInterval(send, heartbeatSeconds * 1000));
      void send();
    },
    Math.random() * heartbeatSeconds * 1000,
  );
  hearts.timers.add(first);
}
