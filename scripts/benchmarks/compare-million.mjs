// Questions to a FireWorks database of a million Fireworks, of which 100,000 are READY and 10,000 RUNNING, all of these
// lost. Where FireWorks' own figure is asked for, it is measured on the same database, with the indexes that ours adds.

import { randomUUID } from 'node:crypto';
import { timestamp } from '@skyrocket/model/timestamp';
import { MongoClient } from 'mongodb';
import { pythonSays } from './fireworks-side.mjs';
import { fworker } from './in-process.mjs';
import { documentsOf, startOf } from './million-documents.mjs';
import { newDatabase, openDatabase } from './mongo-site.mjs';
import { alternate, seconds } from './rounds.mjs';

const workflows = Number(process.env.WORKFLOWS ?? 100_000);
const workflowsPerInsert = 500;
const [quickRounds, slowRounds, pythonRounds] = [21, 5, 1];

export async function million(mongod) {
  const database = newDatabase();
  await pythonSays(mongod, database, 'reset', 0);
  const launchpad = await openDatabase(mongod, database);
  const filling = await seconds(() => fill(mongod, database));
  const figures = {
    million_fill_seconds: filling,
    ...(await alternate(quickRounds, inMilliseconds(await quickQuestions(launchpad)))),
    ...(await alternate(slowRounds, inMilliseconds(slowQuestions(launchpad)))),
    ...(await alternate(pythonRounds, {
      million_fireworks_last_100_ms: async () => 1000 * (await pythonSays(mongod, database, 'latest', 100)),
      million_fireworks_lost_runs_ms: async () => 1000 * (await pythonSays(mongod, database, 'lost', 0)),
    })),
  };
  await launchpad.close();
  return figures;
}

/** Two batches at a time: one is made while the server takes the other. */
async function fill(mongod, database) {
  const client = await MongoClient.connect(mongod.uri);
  const db = client.db(database);
  const agent = randomUUID();
  let next = 0;
  const work = async () => {
    for (let first = next; first < workflows; first = next) {
      next += workflowsPerInsert;
      const made = documentsOf({ first, count: workflowsPerInsert, workflows });
      const starts = made.launches.filter((launch) => launch.get('state') === 'RUNNING');
      await db.collection('launches').insertMany(made.launches, { ordered: false });
      await db.collection('fireworks').insertMany(made.fireworks, { ordered: false });
      await db.collection('workflows').insertMany(made.workflows, { ordered: false });
      await db.collection('skyrocket_starts').insertMany(
        starts.map((launch) => startOf(launch, agent)),
        { ordered: false },
      );
    }
  };
  await Promise.all([work(), work()]);
  const next_ids = { next_fw_id: workflows * 10 + 1, next_launch_id: workflows * 10 + 1 };
  await db.collection('fw_id_assigner').updateOne({}, { $set: next_ids });
  await client.close();
}

async function quickQuestions(launchpad) {
  const agentId = randomUUID();
  const process_ = { pid: process.pid, processStart: '', journal: '', version: '0' };
  await launchpad.registerAgent({ agentId, fworker, host: 'localhost', ip: '127.0.0.1', ...process_ });
  const claim = { agentId, fworker, count: 1, order: 'any', withoutTasks: [] };
  const sort = { field: 'updated_on', direction: 'descending' };
  const fizzled = new Map([['state', 'FIZZLED']]);
  return {
    million_claim_ms: () => launchpad.claim({ ...claim, key: randomUUID() }),
    million_get_fws_fizzled_20_ms: () =>
      launchpad.findFireworks({ filter: fizzled, limit: 20, fields: 'summary' }),
    million_get_wflows_20_ms: () => launchpad.findWorkflows({ limit: 20, fields: 'summary' }),
    million_last_100_fireworks_ms: () => launchpad.findFireworks({ sort, limit: 100, fields: 'summary' }),
    million_last_100_workflows_ms: () => launchpad.findWorkflows({ sort, limit: 100, fields: 'summary' }),
  };
}

/** Also what `report` asks for at its widest: every entry lies in the time that is counted. */
function slowQuestions(launchpad) {
  const count = (state) => launchpad.findFireworks({ filter: new Map([['state', state]]), fields: 'count' });
  const report = (collection, period, days) =>
    launchpad.countByPeriod({ collection, period, since: timestamp(Date.now() - days * 24 * 3600 * 1000) });
  return {
    million_count_ready_ms: () => count('READY'),
    million_count_completed_ms: () => count('COMPLETED'),
    million_count_all_ms: () => launchpad.findFireworks({ fields: 'count' }),
    million_report_days_ms: () => report('fws', 'days', 5),
    million_report_hours_ms: () => report('fws', 'hours', 5),
    million_report_months_ms: () => report('fws', 'months', 366),
    million_report_workflows_ms: () => report('wflows', 'months', 366),
    million_report_launches_ms: () => report('launches', 'months', 366),
    million_lost_runs_ms: () => launchpad.findLostRuns({ silentSeconds: 4 * 3600 }),
  };
}

function inMilliseconds(questions) {
  const measured = Object.entries(questions).map(([name, ask]) => [
    name,
    async () => 1000 * (await seconds(ask)),
  ]);
  return Object.fromEntries(measured);
}
