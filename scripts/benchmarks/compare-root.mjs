// Completing one Firework that frees 3,000 others: one call of the launchpad.

import { randomUUID } from 'node:crypto';
import { emptyAction } from '@skyrocket/model/action';
import { timestamp } from '@skyrocket/model/timestamp';
import { pythonSays } from './fireworks-side.mjs';
import { fworker } from './in-process.mjs';
import { newDatabase, openDatabase } from './mongo-site.mjs';
import { alternate, seconds } from './rounds.mjs';
import { fanOut, toWorkflow } from './workflows.mjs';

const children = 3000;
const rounds = 5;

export async function root(mongod) {
  const measured = await alternate(rounds, {
    fireworks: async () => {
      const database = newDatabase();
      await pythonSays(mongod, database, 'reset', 0);
      return pythonSays(mongod, database, 'root', children);
    },
    skyrocket: () => secondsOfRoot(mongod),
  });
  return {
    root_fireworks_seconds: measured.fireworks,
    root_skyrocket_seconds: measured.skyrocket,
    root_times: measured.fireworks / measured.skyrocket,
  };
}

async function secondsOfRoot(mongod) {
  const launchpad = await openDatabase(mongod, newDatabase());
  const agent = { agentId: randomUUID(), fworker, host: 'localhost', ip: '127.0.0.1' };
  await launchpad.registerAgent({ ...agent, pid: process.pid, processStart: '', journal: '', version: '0' });
  await launchpad.addWorkflows({ key: randomUUID(), workflows: [toWorkflow(fanOut(children + 1))] });
  const wanted = { count: 1, order: 'any', withoutTasks: [] };
  const { claims } = await launchpad.claim({ key: randomUUID(), ...agent, ...wanted });
  const [{ launchId }] = claims;
  const token = randomUUID();
  await launchpad.start({
    key: randomUUID(),
    ...agent,
    starts: [{ launchId, token, launchDir: '/nowhere' }],
  });
  const { uuid } = await launchpad.identity();
  const end = { state: 'COMPLETED', action: emptyAction(), endedOn: timestamp(Date.now()) };
  const reports = [{ launchpad: uuid, launchId, token, ...end }];
  const taken = await seconds(() => launchpad.report({ key: randomUUID(), reports }));
  await launchpad.close();
  return taken;
}
