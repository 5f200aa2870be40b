import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Connection } from '@skyrocket/launchpad/store/sqlite/connection';
import { prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { openDatabase } from '@skyrocket/launchpad/store/sqlite/open-database';
import { sqliteStore } from '@skyrocket/launchpad/store/sqlite/sqlite-store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { fwId, type LaunchId } from '@skyrocket/model/ids';
import { longLeases } from './launchpad-contract/fresh-launchpad.ts';
import {
  add,
  claim,
  complete,
  fizzle,
  register,
  report,
  reserve,
  run,
  start,
} from './launchpad-contract/worker-steps.ts';
import {
  agentId,
  diamond,
  fwIds,
  fworker,
  newKey,
  newWorkflow,
  token,
  userMap,
} from './store-contract/samples.ts';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();

/** What stays small however much the launchpad holds, and what a statement has made itself. */
const small = ['lanes', 'counts', 'agents', 'meta', 'json_each', 'descendant'];

/** Statements on their way to a connection. */
function recorded(database: Connection): { connection: Connection; statements: Set<string> } {
  const statements = new Set<string>();
  const note = (sql: string) => statements.add(sql);
  const connection: Connection = {
    file: database.file,
    readOnly: database.readOnly,
    all: (sql, ...values) => note(sql) && database.all(sql, ...values),
    get: (sql, ...values) => (note(sql) ? database.get(sql, ...values) : undefined),
    each: (sql, ...values) => note(sql) && database.each(sql, ...values),
    run: (sql, ...values) => (note(sql) ? database.run(sql, ...values) : 0),
    script: (sql) => database.script(sql),
    write: (work) => database.write(work),
    writeTogether: (works) => database.writeTogether(works),
    read: (work) => database.read(work),
    close: () => database.close(),
  };
  return { connection, statements };
}

/** What SQLite would read from the first row to the last for a statement; each as `TABLE in STATEMENT`. */
function wholeTableReads(database: Connection, sql: string): string[] {
  const steps = database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
  return steps
    .map(({ detail }) => /^SCAN (\w+)/.exec(detail)?.[1] ?? '')
    .filter((name) => name !== '' && !small.includes(name))
    .map((name) => `${name} in ${sql.trim()}`);
}

describe('the SQLite store', () => {
  let database: Connection;
  let launchpad: LaunchPad;
  let statements: Set<string>;

  beforeEach(async () => {
    database = await openDatabase(await prepareDatabasePlace(join(await newFolder(), 'launchpad.db')));
    const recording = recorded(database);
    statements = recording.statements;
    launchpad = storeLaunchPad(sqliteStore(recording.connection), longLeases);
    await add(launchpad, { ...diamond, specs: { 4: { _allow_fizzled_parents: true } } });
    await register(launchpad, 'a');
    statements.clear();
  });
  afterEach(() => launchpad.close());

  const expectNoWholeTableRead = () => {
    expect(statements.size).toBeGreaterThan(0);
    const steps = [...statements].filter((sql) => !/^(BEGIN|COMMIT)/.test(sql));
    expect(steps.flatMap((sql) => wholeTableReads(database, sql))).toEqual([]);
  };

  const works: [string, () => Promise<unknown>][] = [
    ['adds', () => add(launchpad, diamond)],
    ['claims', () => claim(launchpad, { count: 3 })],
    ['claims oldest first', () => claim(launchpad, { order: 'FIFO' })],
    ['claims newest first', () => claim(launchpad, { order: 'FILO', withoutTasks: ['x'] })],
    ['claims for a picky worker', () => claim(launchpad, { fworker: fworker({ category: ['a', 'b'] }) })],
    ['claims by id', () => claim(launchpad, { fwId: fwId(1) })],
    ['starts', async () => start(launchpad, await reserve(launchpad, 1))],
    ['completes', () => complete(launchpad, 1, { updateSpec: userMap({ x: 1 }), propagate: true })],
    ['adds detours', () => complete(launchpad, 1, { detours: [newWorkflow({ links: { [-1]: [-2] } })] })],
    ['fizzles', () => fizzle(launchpad, 1)],
    ['gives back', async () => giveBack(await run(launchpad, 1))],
    ['takes heartbeats', async () => heartbeat(await run(launchpad, 1))],
    ['does upkeep', () => upkeep()],
    ['says whether there is work', () => launchpad.workFor({ fworker: fworker() })],
    ['reruns', () => complete(launchpad, 1).then(() => launchpad.rerun({ key: newKey(), fwIds: fwIds(1) }))],
    ['defuses', () => launchpad.defuse({ key: newKey(), fwIds: fwIds(1) })],
    ['archives', () => launchpad.archive({ key: newKey(), fwIds: fwIds(1) })],
    [
      'deletes',
      () => run(launchpad, 1).then(() => launchpad.deleteWorkflows({ key: newKey(), fwIds: fwIds(1) })),
    ],
    [
      'counts by state',
      () => launchpad.findFireworks({ fields: 'count', filter: userMap({ state: 'READY' }) }),
    ],
    ['counts all', () => launchpad.findFireworks({ fields: 'count' })],
    ['finds by id', () => launchpad.findFireworks({ fields: 'all', fwIds: fwIds(1, 2) })],
    [
      'finds by state',
      () => launchpad.findFireworks({ fields: 'all', filter: userMap({ state: 'FIZZLED' }), limit: 20 }),
    ],
    ['finds by name', () => launchpad.findFireworks({ fields: 'ids', filter: userMap({ name: 'x' }) })],
    ['finds by reservation', () => launchpad.findFireworks({ fields: 'ids', reservationId: '17' })],
    [
      'finds Launches by state',
      () => launchpad.findFireworks({ fields: 'ids', launchFilter: userMap({ state: 'RUNNING' }) }),
    ],
    ['finds Workflows by member', () => launchpad.findWorkflows({ fields: 'launches', fwIds: fwIds(2) })],
    [
      'finds Workflows by state',
      () => launchpad.findWorkflows({ fields: 'summary', filter: userMap({ state: 'FIZZLED' }) }),
    ],
    ['dumps', () => launchpad.dumpWorkflow({ fwId: fwId(1) })],
  ];

  const giveBack = (launchId: LaunchId) =>
    launchpad.release({ key: newKey(), agentId: agentId('a'), releases: [{ launchId, reason: 'No room.' }] });
  const heartbeat = (launchId: LaunchId) =>
    launchpad.heartbeat({
      agentId: agentId('a'),
      pings: [{ launchId, token: token(`token of ${launchId}`), trackers: [] }],
    });
  const upkeep = async () => {
    const key = newKey();
    await report(launchpad, await run(launchpad, 1));
    await launchpad.deadAgents({ key });
    return launchpad.upkeep({ key, told: [] });
  };

  it.each(works)('never reads a whole table when it %s', async (_, work) => {
    await work();
    expectNoWholeTableRead();
  });

  it.each([
    ['by the date of change', { field: 'updated_on', direction: 'descending' }],
    ['by the date of creation', { field: 'created_on', direction: 'ascending' }],
  ] as const)('reads only as many rows as are wanted when they are sorted %s', async (_, sort) => {
    await launchpad.findFireworks({ fields: 'summary', sort, limit: 100 });
    await launchpad.findWorkflows({ fields: 'summary', sort, limit: 100 });
    for (const sql of [...statements].filter((one) => one.includes('LIMIT'))) {
      const steps = database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map((step) => step.detail);
      expect(steps.filter((step) => !step.includes('USING INDEX') && !step.includes('LAST TERM'))).toEqual(
        [],
      );
    }
  });
});
