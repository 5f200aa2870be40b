import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Sort } from '@skyrocket/contract/questions';
import { connect, type MongoConnection } from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import type { State } from '@skyrocket/model/states';
import { timestamp } from '@skyrocket/model/timestamp';
import type { CommandStartedEvent, Document } from 'mongodb';
import { longLeases } from './launchpad-contract/fresh-launchpad.ts';
import { add, claim, register } from './launchpad-contract/worker-steps.ts';
import { reports, works } from './launchpad-contract/works.ts';
import { mongoSettings } from './mongo-settings.ts';
import { type MongodProcess, startMongod } from './mongod-process.ts';
import { diamond, newKey, newWorkflow, userMap } from './store-contract/samples.ts';

/** Collections that hold a few documents, however much the launchpad holds. */
const small: ReadonlySet<unknown> = new Set([
  'fw_id_assigner',
  ...['meta', 'agents', 'chains', 'tokens'].map((name) => `skyrocket_${name}`),
]);

interface World {
  mongod: MongodProcess;
  connection: MongoConnection;
  launchpad: LaunchPad;
  /** The commands that were sent, as they were sent. */
  sent: Document[];
}

let opened: World | null = null;

function world(): World {
  if (!opened) throw new Error('mongod has not been started');
  return opened;
}

beforeAll(async () => {
  const mongod = await startMongod();
  const settings = mongoSettings(mongod, 'plans');
  const connection = await connect({ ...settings, options: { monitorCommands: true } });
  const sent: Document[] = [];
  connection.client.on('commandStarted', ({ command }: CommandStartedEvent) => sent.push(command));
  opened = { mongod, connection, sent, launchpad: storeLaunchPad(mongoStore(connection), longLeases) };
}, 120_000);

afterAll(async () => {
  await opened?.launchpad.close();
  await opened?.mongod.stop();
});

beforeEach(async () => {
  const { launchpad } = world();
  await launchpad.reset({ key: newKey() });
  await add(launchpad, { ...diamond, specs: { 4: { _allow_fizzled_parents: true } } });
  await register(launchpad, 'a');
});

/** What can be explained of a command; each of several updates and deletions for itself. */
function explainable(command: Document): Document[] {
  if ('find' in command) {
    const { find, filter, projection, sort, limit, hint } = command;
    return [{ find, filter, ...given({ projection, sort, limit, hint }) }];
  }
  if ('aggregate' in command) {
    const { aggregate, pipeline, hint } = command;
    return [{ aggregate, pipeline, cursor: {}, ...given({ hint }) }];
  }
  if ('findAndModify' in command) {
    const { findAndModify, query, sort, update, remove } = command;
    return [{ findAndModify, query, ...given({ sort, update, remove }) }];
  }
  const several = 'update' in command ? 'updates' : 'delete' in command ? 'deletes' : null;
  if (several === null) return [];
  const { update, delete: deleted } = command;
  const each: Document[] = command[several];
  return each.map((one) => ({ ...given({ update, delete: deleted }), [several]: [one] }));
}

const given = (members: Document) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** How the server carries out what a work sends to collections that grow. */
async function plansOf(
  work: (launchpad: LaunchPad) => Promise<unknown>,
  verbosity: 'queryPlanner' | 'executionStats',
): Promise<{ command: Document; plan: Document }[]> {
  const { connection, launchpad, sent } = world();
  sent.length = 0;
  await work(launchpad);
  const commands = sent.flatMap(explainable).filter((command) => !small.has(Object.values(command)[0]));
  const plans: { command: Document; plan: Document }[] = [];
  for (const command of commands) {
    plans.push({ command, plan: await connection.db.command({ explain: command, verbosity }) });
  }
  return plans;
}

/** All values of a member, however deep it stands; plans that were not chosen are left out. */
function members(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .filter(([key]) => key !== 'rejectedPlans' && key !== 'allPlansExecution')
    .flatMap(([key, inner]) => [...(key === name ? [inner] : []), ...members(inner, name)]);
}

describe('the MongoDB store', () => {
  it.each([...works, ...reports('fws', 'wflows', 'launches')])(
    'never reads a whole collection when it %s',
    async (_, work) => {
      const plans = await plansOf(work, 'queryPlanner');
      const scans = plans.filter(({ plan }) => members(plan, 'stage').includes('COLLSCAN'));
      expect(scans.map(({ command }) => command)).toEqual([]);
      expect(plans.length).toBeGreaterThan(0);
    },
  );
});

describe('in a large launchpad', () => {
  const size = 200;
  const newest: Sort = { field: 'updated_on', direction: 'descending' };

  /** Those of the last Workflows are in other states than all before. */
  beforeEach(async () => {
    const { launchpad, connection } = world();
    const workflows = Array.from({ length: size }, () => newWorkflow({ specs: { 1: {} } }));
    await launchpad.addWorkflows({ key: newKey(), workflows });
    const become = async (state: State, fw_id: number) => {
      await connection.fireworks.updateMany({ fw_id: { $gt: fw_id } }, { $set: { state } });
      await connection.workflows.updateMany({ nodes: { $gt: fw_id } }, { $set: { state } });
    };
    await become('FIZZLED', 100);
    await become('READY', 150);
  });

  const documentsRead = async (work: (launchpad: LaunchPad) => Promise<unknown>) => {
    const plans = await plansOf(work, 'executionStats');
    const counts = plans.map(({ plan }) => members(plan, 'totalDocsExamined')[0]);
    return counts.reduce<number>((sum, count) => sum + Number(count), 0);
  };

  it('a limited list of a state reads as many documents as it shows', async () => {
    const fizzled = userMap({ state: 'FIZZLED' });
    const list = { filter: fizzled, limit: 20, fields: 'summary' } as const;
    expect(await documentsRead((launchpad) => launchpad.findFireworks(list))).toBe(20);
    // Names and states of the Fireworks stand in these.
    expect(await documentsRead((launchpad) => launchpad.findWorkflows(list))).toBe(20 + 20);
    expect((await world().launchpad.findFireworks(list)).fireworks[0]?.fwId).toBe(101);
  });

  it('so do the latest of all and of a state', async () => {
    const all = { sort: newest, limit: 20, fields: 'summary' } as const;
    expect(await documentsRead((launchpad) => launchpad.findFireworks(all))).toBe(20);
    const fizzled = { ...all, filter: userMap({ state: 'FIZZLED' }) };
    expect(await documentsRead((launchpad) => launchpad.findFireworks(fizzled))).toBe(20);
  });

  it('counts and reports read indexes only', async () => {
    const ready = { filter: userMap({ state: 'READY' }), fields: 'count' } as const;
    const days = { period: 'days', since: timestamp(Date.now() - 86_400_000) } as const;
    const works = [
      (launchpad: LaunchPad) => launchpad.findFireworks({ fields: 'count' }),
      (launchpad: LaunchPad) => launchpad.findFireworks(ready),
      (launchpad: LaunchPad) => launchpad.findWorkflows(ready),
      (launchpad: LaunchPad) => launchpad.countByPeriod({ ...days, collection: 'fws' }),
      (launchpad: LaunchPad) => launchpad.countByPeriod({ ...days, collection: 'wflows' }),
      (launchpad: LaunchPad) => launchpad.countByPeriod({ ...days, collection: 'launches' }),
    ];
    for (const work of works) expect(await documentsRead(work)).toBe(0);
  });

  it('a claim reads what it claims and one more', async () => {
    const plans = await plansOf((launchpad) => claim(launchpad, { count: 5 }), 'executionStats');
    const candidates = plans.find(({ command }) => command.find === 'fireworks');
    expect(members(candidates?.plan, 'totalDocsExamined')[0]).toBe(6);
  });
});
