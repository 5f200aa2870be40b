import { randomUUID } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { SkyrocketError } from '@skyrocket/model/errors';
import { type Connection, openConnection } from './connection.ts';
import type { DatabasePlace } from './database-place.ts';
import { nameDatabase } from './delete-workflows.ts';
import { applicationId, type Migration, migrations as ourMigrations } from './schema.ts';
import { readOnlyError } from './sqlite-errors.ts';

/** Told when an old file was brought to this program's version. */
export type MigrationNotice = (news: { from: number; to: number; backup: string }) => void;

export interface OpenDatabase extends DatabasePlace {
  /** Oldest first. Default: those of this program. */
  migrations?: readonly Migration[];
  onMigration?: MigrationNotice;
}

/**
 * Opens a database file, makes its tables if it is new, and brings an older one up to date in one transaction, after
 * a backup beside it (`FILE.version-N.backup`).
 * @throws SkyrocketError BAD_FILE, STORE_TOO_NEW, STORE_READ_ONLY, STORE_UNAVAILABLE, UNSUPPORTED_PLATFORM
 */
export async function openDatabase(request: OpenDatabase): Promise<Connection> {
  const database = await openConnection({
    file: request.file,
    readOnly: request.access !== 'write',
    ...(request.access === 'read-immutable' ? { immutable: true } : {}),
  });
  try {
    await bringUpToDate(database, request);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The schema's version that a file has; 0 when it is new. */
export function schemaVersion(database: Connection): number {
  return database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
}

async function bringUpToDate(database: Connection, request: OpenDatabase): Promise<void> {
  const migrations = request.migrations ?? ourMigrations;
  const newest = migrations.at(-1)?.version ?? 0;
  const version = schemaVersion(database);
  checkOwner(database, version);
  if (version > newest) throw tooNew(database.file, version, newest);
  if (database.readOnly && version < newest) throw readOnlyError(database.file);
  if (!database.readOnly) setDurability(database);
  if (version === newest) return;

  const backup = version === 0 ? null : await makeBackup(database, version);
  const migrated = migrate(database, migrations);
  if (backup === null) return;
  if (migrated) request.onMigration?.({ from: version, to: newest, backup });
  else await rm(backup, { force: true });
}

function checkOwner(database: Connection, version: number): void {
  const owner = database.get<{ application_id: number }>('PRAGMA application_id')?.application_id;
  const tables = database.get<{ n: number }>('SELECT count(*) AS n FROM sqlite_schema')?.n ?? 0;
  if (owner === applicationId || (owner === 0 && version === 0 && tables === 0)) return;
  throw new SkyrocketError(
    'BAD_FILE',
    `${database.file} is the database of another program, not a launchpad; name another file with file: in my_launchpad.yaml`,
  );
}

/** Committed is durable: FULL fsyncs the log at each commit. A bigger log means fewer pauses for checkpoints. */
function setDurability(database: Connection): void {
  enterWal(database);
  database.script(
    'PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;',
  );
}

/** Several processes may open a new file at once; entering WAL then fails at once instead of waiting. */
function enterWal(database: Connection): void {
  const attempts = 200;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 1; ; attempt += 1) {
    try {
      database.get('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      const busy = error instanceof SkyrocketError && error.code === 'STORE_UNAVAILABLE';
      if (!busy || attempt === attempts) throw error;
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}

/** A backup is complete when it has its name. */
async function makeBackup(database: Connection, version: number): Promise<string> {
  const unfinished = `${database.file}.backup-${randomUUID()}`;
  await writeFile(unfinished, '', { mode: 0o600, flag: 'wx' });
  database.run('VACUUM INTO ?', unfinished);
  const copy = await open(unfinished, 'r+');
  await copy.sync().finally(() => copy.close());
  const backup = `${database.file}.version-${version}.${unfinished.slice(-12)}.backup`;
  await rename(unfinished, backup);
  return backup;
}

/** Whether it was this process that migrated: another may have been faster. */
function migrate(database: Connection, migrations: readonly Migration[]): boolean {
  return database.write(() => {
    const version = schemaVersion(database);
    const due = migrations.filter((migration) => migration.version > version);
    for (const migration of due) {
      migration.apply(database);
      database.script(`PRAGMA user_version = ${migration.version}`);
    }
    if (version === 0 && due.length > 0) {
      database.script(`PRAGMA application_id = ${applicationId}`);
      nameDatabase(database);
    }
    return due.length > 0;
  });
}

function tooNew(file: string, version: number, newest: number): SkyrocketError {
  return new SkyrocketError(
    'STORE_TOO_NEW',
    `the launchpad ${file} was made by a newer Skyrocket (its version is ${version}, this program knows ${newest}); install that one or name another file with file:`,
  );
}
