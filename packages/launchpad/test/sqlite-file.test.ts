import { chmod, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Connection, openConnection } from '@skyrocket/launchpad/store/sqlite/connection';
import { type DatabasePlace, prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { openDatabase } from '@skyrocket/launchpad/store/sqlite/open-database';
import { type Migration, migrations } from '@skyrocket/launchpad/store/sqlite/schema';
import { sqliteStore } from '@skyrocket/launchpad/store/sqlite/sqlite-store';
import { fwId } from '@skyrocket/model/ids';
import { openSqliteStore } from './programs/open-store.ts';
import { expectKeptCountsToBeRight } from './sqlite-recount.ts';
import { chain, independent, newKey, workflowToAdd } from './store-contract/samples.ts';
import { add, states } from './store-contract/steps.ts';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

/** Opens a file and gives it to some work, and closes it. */
async function withDatabase<Result>(
  file: string,
  work: (database: Connection) => Result,
  ours?: readonly Migration[],
): Promise<Result> {
  const place: DatabasePlace = await prepareDatabasePlace(file);
  const database = await openDatabase({ ...place, ...(ours && { migrations: ours }) });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

describe('a new database file', () => {
  it('is for its owner alone, as are its folders and what SQLite puts beside it', async () => {
    const folder = join(await newFolder(), 'share', 'skyrocket');
    const store = await openSqliteStore(join(folder, 'launchpad.db'));
    await add(store, chain);
    expect([await modeOf(join(folder, '..')), await modeOf(folder)]).toEqual(['700', '700']);
    const files = (await readdir(folder)).sort();
    expect(files).toEqual(['launchpad.db', 'launchpad.db-shm', 'launchpad.db-wal']);
    for (const file of files) expect(await modeOf(join(folder, file))).toBe('600');
    await store.close();
  });

  it('leaves a folder as it is that was there before', async () => {
    const folder = await newFolder();
    await chmod(folder, 0o755);
    await (await openSqliteStore(join(folder, 'launchpad.db'))).close();
    expect(await modeOf(folder)).toBe('755');
  });

  it('may have any name', async () => {
    const file = join(await newFolder(), "it's 100% ?new#.db");
    const store = await openSqliteStore(file);
    await add(store, chain);
    await store.close();
    const again = await openSqliteStore(file);
    expect(await states(again)).toMatchObject({ 1: 'READY' });
    await again.close();
  });

  it('may be an empty file that was made for it', async () => {
    const file = join(await newFolder(), 'launchpad.db');
    await writeFile(file, '');
    const store = await openSqliteStore(file);
    expect([...(await add(store, chain)).values()]).toEqual([1, 2, 3]);
    await store.close();
  });
});

describe('an open database file', () => {
  it('keeps a log ahead, and waits for the disk at each commit', async () => {
    await withDatabase(join(await newFolder(), 'launchpad.db'), (database) => {
      expect(database.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
      expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    });
  });

  it('keeps what was written, and who it is', async () => {
    const file = join(await newFolder(), 'launchpad.db');
    const store = await openSqliteStore(file);
    await add(store, chain);
    const identity = await store.identity();
    await store.close();
    const again = await openSqliteStore(file);
    expect(await states(again)).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
    expect(await again.identity()).toEqual(identity);
    expect(identity).toMatchObject({ kind: 'embedded', location: file });
    await again.close();
  });

  it('is found through a link', async () => {
    const folder = await newFolder();
    const file = join(folder, 'launchpad.db');
    await (await openSqliteStore(file)).close();
    await symlink(file, join(folder, 'link.db'));
    expect(await prepareDatabasePlace(join(folder, 'link.db'))).toEqual({ file, access: 'write' });
  });
});

describe('a file that is no launchpad', () => {
  const refusal = async (file: string) => withDatabase(file, () => 'opened').catch((error) => error);

  it('is refused when it is a database of another program, and left as it is', async () => {
    const file = join(await newFolder(), 'notes.db');
    const notes = await openConnection({ file, readOnly: false });
    notes.script('CREATE TABLE notes (text TEXT)');
    notes.close();
    const before = await readFile(file);
    expect(await refusal(file)).toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringMatching(/another program/),
    });
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  it('is refused when it is no database', async () => {
    const file = join(await newFolder(), 'results.csv');
    await writeFile(file, 'energy,forces\n'.repeat(200));
    expect(await refusal(file)).toMatchObject({ code: 'BAD_FILE', message: expect.stringContaining(file) });
    expect(await readFile(file, 'utf8')).toBe('energy,forces\n'.repeat(200));
  });

  it('is refused when it is a folder', async () => {
    const folder = await newFolder();
    expect(await refusal(folder)).toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringMatching(/is a folder/),
    });
  });

  it('is refused when its folder cannot be made', async () => {
    const file = join(await newFolder(), 'file');
    await writeFile(file, '');
    for (const [folder, reason] of [
      [file, 'ENOTDIR'],
      ['/proc/none', 'ENOENT'],
    ] as const) {
      expect(await refusal(join(folder, 'inside', 'launchpad.db'))).toMatchObject({
        code: 'BAD_FILE',
        message: expect.stringMatching(new RegExp(`cannot be made \\(${reason}\\).*file:`)),
      });
    }
  });
});

describe('a file of another version', () => {
  const current = migrations.at(-1)?.version ?? 0;
  const second: Migration = {
    version: current + 1,
    apply: (database) => database.script('ALTER TABLE workflows ADD COLUMN owner TEXT'),
  };
  const third: Migration = {
    version: current + 2,
    apply: (database) => database.script("UPDATE workflows SET owner = 'nobody'"),
  };
  const owners = (database: Connection) =>
    database.all<{ owner: string }>('SELECT owner FROM workflows').map((row) => row.owner);

  const fileWithChain = async () => {
    const file = join(await newFolder(), 'launchpad.db');
    const store = await openSqliteStore(file);
    await add(store, chain);
    await store.close();
    return file;
  };
  const backups = async (file: string) =>
    (await readdir(join(file, '..')))
      .filter((name) => name.endsWith('.backup'))
      .map((name) => join(file, '..', name));

  it('is brought forward when it is older, after a backup, which the user is told', async () => {
    const file = await fileWithChain();
    const news: unknown[] = [];
    const database = await openDatabase({
      ...(await prepareDatabasePlace(file)),
      migrations: [...migrations, second, third],
      onMigration: (one) => news.push(one),
    });
    expect(owners(database)).toEqual(['nobody']);
    database.close();
    const [backup = ''] = await backups(file);
    expect(news).toEqual([{ from: current, to: current + 2, backup }]);
    expect(backup.startsWith(`${file}.version-${current}.`)).toBe(true);
    expect(await modeOf(backup)).toBe('600');
    const old = await openSqliteStore(backup);
    expect(await states(old)).toMatchObject({ 1: 'READY' });
    await old.close();
  });

  it('is brought forward once', async () => {
    const file = await fileWithChain();
    const ours = [...migrations, second];
    await withDatabase(file, () => null, ours);
    await withDatabase(file, () => null, ours);
    expect(await backups(file)).toHaveLength(1);
  });

  it('is brought forward by one of several that open it at once', async () => {
    const file = await fileWithChain();
    const ours = [...migrations, second, third];
    const found = await Promise.all([1, 2, 3].map(() => withDatabase(file, owners, ours)));
    expect(found).toEqual([['nobody'], ['nobody'], ['nobody']]);
    expect(await backups(file)).toHaveLength(1);
  });

  it('stays what it was when a step fails, whatever steps came before', async () => {
    const file = await fileWithChain();
    const broken: Migration = {
      version: current + 3,
      apply: () => {
        throw new Error('this step is broken');
      },
    };
    const opening = withDatabase(file, () => null, [...migrations, second, third, broken]);
    await expect(opening).rejects.toThrow('this step is broken');
    const store = await openSqliteStore(file);
    expect(await states(store)).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
    await store.close();
  });

  it('is refused when it is newer, and left as it is', async () => {
    const file = await fileWithChain();
    await withDatabase(file, () => null, [...migrations, second]);
    await expect(openSqliteStore(file)).rejects.toMatchObject({
      code: 'STORE_TOO_NEW',
      exitCode: 2,
      message: expect.stringContaining(file),
    });
    expect(await withDatabase(file, owners, [...migrations, second])).toEqual([null]);
  });
});

describe('a disk that is full in the middle of an add', () => {
  it('leaves nothing half added, and the same add succeeds when there is room', async () => {
    const file = join(await newFolder(), 'launchpad.db');
    const database = await openDatabase(await prepareDatabasePlace(file));
    const store = sqliteStore(database);
    await add(store, chain);
    const { page_count: pages = 0 } = database.get<{ page_count: number }>('PRAGMA page_count') ?? {};
    database.script(`PRAGMA max_page_count = ${pages + 20}`);
    const request = { key: newKey(), workflows: [workflowToAdd(independent(2000))] };
    await expect(store.addWorkflows(request)).rejects.toMatchObject({
      code: 'STORE_FULL',
      message: expect.stringMatching(/no room left.*nothing was changed/),
    });
    expect(await states(store)).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
    expectKeptCountsToBeRight(database);
    database.script('PRAGMA max_page_count = 1000000');
    const { idMaps } = await store.addWorkflows(request);
    expect(idMaps[0]?.get(fwId(1))).toBe(4);
    expectKeptCountsToBeRight(database);
    await store.close();
  });
});
