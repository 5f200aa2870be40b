// How soon a server can be used, what it holds while nobody asks, and how soon a worker's programs are through it.

import { inMongoSite, withMongod } from './mongo-site.mjs';
import { alternate, seconds } from './rounds.mjs';
import { inClientSite, residentMebibytes, whileServed } from './server-site.mjs';
import { inSite } from './site.mjs';

/** After its start a server loads what requests are checked with. */
const restMilliseconds = 5000;

export function starting() {
  return inSite((embedded) =>
    withMongod([], (mongod) => inMongoSite(mongod, (overMongodb) => started(embedded, overMongodb))),
  );
}

async function started(embedded, overMongodb) {
  const startOf = (site) => whileServed(site, async (server) => server.started);
  // The first start makes the database.
  await startOf(embedded);
  await startOf(overMongodb);
  const starts = await alternate(7, {
    server_start_embedded_seconds: () => startOf(embedded),
    server_start_mongodb_seconds: () => startOf(overMongodb),
  });
  return {
    ...starts,
    server_idle_embedded_mib: await whileServed(embedded, idleMebibytes),
    server_idle_mongodb_mib: await whileServed(overMongodb, idleMebibytes),
    ...(await whileServed(embedded, programs)),
  };
}

async function idleMebibytes({ pid }) {
  await new Promise((resolve) => setTimeout(resolve, restMilliseconds));
  return residentMebibytes(pid);
}

function programs(server) {
  return inClientSite(server, 'worker', (client) =>
    alternate(9, {
      rlaunch_nothing_to_do_seconds: () => seconds(() => client.run('rlaunch', '-s', 'singleshot')),
      rlaunch_help_seconds: () => seconds(() => client.run('rlaunch', '-h')),
    }),
  );
}
