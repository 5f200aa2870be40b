// Database commands for each Firework that one worker runs, by the server's own counters.

import { MongoClient } from 'mongodb';
import { commandCount, inMongoSite } from './mongo-site.mjs';
import { addAll, singles } from './worker-rates.mjs';
import { chain, loose, nothing } from './workflows.mjs';

const many = Number(process.env.FIREWORKS ?? 3000);

/** Each gives something to the spec of the next one. */
const updatesSpec = { _fw_name: 'JoinDictTask', inputs: ['number'], output: 'joined' };
/** One detour of one Firework. */
const takesDetour = {
  ...{ _fw_name: 'ForeachTask', split: 'list' },
  task: { _fw_name: 'JoinListTask', inputs: ['list'], output: 'joined' },
};

export async function commands(mongod) {
  const perFirework = (documents, more) => commandsFor(mongod, documents, more);
  const chains = (...how) => Array.from({ length: many / 5 }, () => chain(5, ...how));
  return {
    commands_per_firework_busy: await perFirework(singles(many)),
    commands_per_firework_update_spec: await perFirework(chains(updatesSpec)),
    commands_per_firework_job_info: await perFirework(chains(nothing, { _pass_job_info: true })),
    commands_per_firework_detour: await perFirework(
      Array.from({ length: many / 2 }, () => loose(1, takesDetour, { list: [1] })),
      many / 2,
    ),
    commands_per_firework_one_at_a_time: await perFirework([chain(200)]),
  };
}

/** @param more Fireworks that are added while they run */
function commandsFor(mongod, documents, more = 0) {
  return inMongoSite(mongod, async (site) => {
    const count = (await addAll(site, documents)) + more;
    const client = await MongoClient.connect(mongod.uri);
    const before = await commandCount(client);
    await site.run('rlaunch', '-s', 'rapidfire', '--sleep', '0');
    const after = await commandCount(client);
    await client.close();
    return (after - before) / count;
  });
}
