import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Connection } from '@skyrocket/launchpad/store/sqlite/connection';
import { prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { openDatabase } from '@skyrocket/launchpad/store/sqlite/open-database';
import { sqliteStore } from '@skyrocket/launchpad/store/sqlite/sqlite-store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { longLeases } from './launchpad-contract/fresh-launchpad.ts';
import { add, register } from './launchpad-contract/worker-steps.ts';
import { reports, works } from './launchpad-contract/works.ts';
import { recorded } from './recorded-connection.ts';
import { diamond } from './store-contract/samples.ts';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();

/** What stays small however much the launchpad holds, and what a statement has made itself. */
const small = ['lanes', 'counts', 'agents', 'meta', 'json_each', 'entry', 'held', 'descendant'];

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
  let statements: string[];

  beforeEach(async () => {
    database = await openDatabase(await prepareDatabasePlace(join(await newFolder(), 'launchpad.db')));
    const recording = recorded(database);
    statements = recording.statements;
    launchpad = storeLaunchPad(sqliteStore(recording.connection), longLeases);
    await add(launchpad, { ...diamond, specs: { 4: { _allow_fizzled_parents: true } } });
    await register(launchpad, 'a');
    statements.length = 0;
  });
  afterEach(() => launchpad.close());

  const expectNoWholeTableRead = () => {
    expect(statements.length).toBeGreaterThan(0);
    const steps = [...new Set(statements)].filter((sql) => !/^(BEGIN|COMMIT)/.test(sql));
    expect(steps.flatMap((sql) => wholeTableReads(database, sql))).toEqual([]);
  };

  it.each([...works, ...reports('fws', 'wflows')])(
    'never reads a whole table when it %s',
    async (_, work) => {
      await work(launchpad);
      expectNoWholeTableRead();
    },
  );

  it.each([
    ['by the date of change', { field: 'updated_on', direction: 'descending' }],
    ['by the date of creation', { field: 'created_on', direction: 'ascending' }],
  ] as const)('reads only as many rows as are wanted when they are sorted %s', async (_, sort) => {
    await launchpad.findFireworks({ fields: 'summary', sort, limit: 100 });
    await launchpad.findWorkflows({ fields: 'summary', sort, limit: 100 });
    for (const sql of statements.filter((one) => one.includes('LIMIT'))) {
      const steps = database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map((step) => step.detail);
      expect(steps.filter((step) => !step.includes('USING INDEX') && !step.includes('LAST TERM'))).toEqual(
        [],
      );
    }
  });
});
