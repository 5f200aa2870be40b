// The suite of the server: how it starts, how fast eight workers are through it, what a request adds, and how many agents it
// bears. Needs a build; the parts `mongodb` and `fireworks` also a mongod and Python.

import { alternate, seconds } from './rounds.mjs';
import { agents, manyAgents } from './server-agents.mjs';
import { latency } from './server-latency.mjs';
import { embedded, mongodb } from './server-rates.mjs';
import { inClientSite, residentMebibytes, whileServed } from './server-site.mjs';
import { inSite } from './site.mjs';

export const parts = { starting, embedded, mongodb, latency, agents, manyAgents };

/** From the start of a program to the moment when it can be used. */
async function starting() {
  return inSite(async (site) => {
    const { server_start_seconds } = await alternate(7, {
      server_start_seconds: () => whileServed(site, async ({ started }) => started),
    });
    return whileServed(site, async (server) => {
      const idle = residentMebibytes(server.pid);
      const programs = await inClientSite(server, 'worker', (client) =>
        alternate(9, {
          rlaunch_nothing_to_do_seconds: () => seconds(() => client.run('rlaunch', '-s', 'singleshot')),
          rlaunch_help_seconds: () => seconds(() => client.run('rlaunch', '-h')),
        }),
      );
      return { server_start_seconds, server_idle_mib: idle, ...programs };
    });
  });
}
