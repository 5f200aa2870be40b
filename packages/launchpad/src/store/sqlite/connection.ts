import { types } from 'node:util';
import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import { SkyrocketError } from '@skyrocket/model/errors';
import { explainSqliteError, readOnlyError } from './sqlite-errors.ts';

/** What a column can hold. */
export type ColumnValue = null | number | string;

/**
 * One open database file. This is the only module that knows which SQLite library is used; it is loaded when a file
 * is opened. Statements are prepared once and kept. Failures of SQLite come as SkyrocketErrors STORE_* or BAD_FILE.
 */
export interface Connection {
  readonly file: string;
  readonly readOnly: boolean;
  /** Rows are objects with the names of the columns. */
  all<Row>(sql: string, ...values: ColumnValue[]): Row[];
  get<Row>(sql: string, ...values: ColumnValue[]): Row | undefined;
  /**
   * Rows as they are read, inside a transaction; its end ends the reading too, so that what is left unread holds no view of
   * the file. Not to be used while the tables that it reads are changed.
   */
  each<Row>(sql: string, ...values: ColumnValue[]): IterableIterator<Row>;
  /** How many rows were changed. */
  run(sql: string, ...values: ColumnValue[]): number;
  /** Several statements without values, not kept. */
  script(sql: string): void;
  /** One transaction that may write: committed durably when `work` returns, undone when it throws. */
  write<Result>(work: () => Result): Result;
  /**
   * Several works in one such transaction. What throws is undone alone: its error stands in its place, null in that of the
   * others. @throws when the transaction as a whole fails; then nothing of it is written
   */
  writeTogether(works: readonly (() => void)[]): (null | { error: unknown })[];
  /** One consistent view of the file. */
  read<Result>(work: () => Result): Result;
  /** May be called twice. */
  close(): void;
}

export interface OpenConnection {
  file: string;
  readOnly: boolean;
  /** For a file that nobody can write to beside a folder that nobody can write to: no lock is taken. */
  immutable?: true;
}

/** How long a statement waits for another process that writes. */
const busyTimeoutMilliseconds = 10_000;

/** @throws SkyrocketError UNSUPPORTED_PLATFORM when the SQLite library cannot be loaded here. */
export async function openConnection(request: OpenConnection): Promise<Connection> {
  const { DatabaseSync } = await loadSqlite(request.file);
  const place = request.immutable ? immutableAddress(request.file) : request.file;
  try {
    const options = { readOnly: request.readOnly, timeout: busyTimeoutMilliseconds };
    return new SqliteConnection(request, new DatabaseSync(place, options));
  } catch (error) {
    throw explainSqliteError(error, request.file);
  }
}

async function loadSqlite(file: string): Promise<typeof import('@photostructure/sqlite')> {
  try {
    return await import('@photostructure/sqlite');
  } catch (error) {
    const reason = types.isNativeError(error) ? error.message.split('\n', 1)[0] : String(error);
    throw new SkyrocketError(
      'UNSUPPORTED_PLATFORM',
      `the embedded launchpad ${file} cannot be opened on this machine because its SQLite module does not load (${reason}); ` +
        'name a server with url: or a MongoDB with host: in my_launchpad.yaml, or use file: on another machine',
      { cause: error },
    );
  }
}

function immutableAddress(file: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return `file:${path}?immutable=1`;
}

/** A statement that gives its rows as lists, and the names of its columns. */
interface Query {
  statement: StatementSyncInstance;
  columns: string[];
  /** A row without values. */
  blank: ReturnType<typeof blankRow>;
}

function blankRow(columns: string[]) {
  const row = Object.create(Object.prototype);
  for (const column of columns) row[column] = null;
  return row;
}

/**
 * The objects that the library makes are dictionaries for V8: slower to make than these, to read, and 100 times to copy. A
 * copy with other values is made in a third of the time of a new one.
 */
function named({ columns, blank }: Query, values: ColumnValue[]) {
  const row = { ...blank };
  let index = 0;
  for (const column of columns) row[column] = values[index++];
  return row;
}

function* namedRows(query: Query, rows: Iterable<ColumnValue[]>) {
  for (const row of rows) yield named(query, row);
}

class SqliteConnection implements Connection {
  readonly file: string;
  readonly readOnly: boolean;
  readonly #database: DatabaseSyncInstance;
  readonly #statements = new Map<string, StatementSyncInstance>();
  readonly #queries = new Map<string, Query>();
  readonly #reading: IterableIterator<unknown>[] = [];
  #depth = 0;

  constructor(request: OpenConnection, database: DatabaseSyncInstance) {
    this.file = request.file;
    this.readOnly = request.readOnly;
    this.#database = database;
  }

  all<Row>(sql: string, ...values: ColumnValue[]): Row[] {
    return this.#explained(() => {
      const query = this.#prepareRows(sql);
      return query.statement.all(...values).map((row) => named(query, row));
    });
  }

  get<Row>(sql: string, ...values: ColumnValue[]): Row | undefined {
    return this.#explained(() => {
      const query = this.#prepareRows(sql);
      const row = query.statement.get(...values);
      return row === undefined ? undefined : named(query, row);
    });
  }

  each<Row>(sql: string, ...values: ColumnValue[]): IterableIterator<Row> {
    if (this.#depth === 0) throw new Error('rows are read one by one only inside a transaction');
    const query = this.#explained(() => this.#newQuery(sql));
    const rows = this.#explained(() => query.statement.iterate(...values));
    this.#reading.push(rows);
    return namedRows(query, rows);
  }

  run(sql: string, ...values: ColumnValue[]): number {
    return this.#explained(() => this.#prepare(sql).run(...values).changes);
  }

  script(sql: string): void {
    this.#explained(() => this.#database.exec(sql));
  }

  write<Result>(work: () => Result): Result {
    if (this.readOnly) throw readOnlyError(this.file);
    return this.#transaction('BEGIN IMMEDIATE', work);
  }

  writeTogether(works: readonly (() => void)[]): (null | { error: unknown })[] {
    return this.write(() => works.map((work) => this.#writePart(work)));
  }

  read<Result>(work: () => Result): Result {
    return this.#transaction('BEGIN', work);
  }

  close(): void {
    this.#statements.clear();
    this.#queries.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #transaction<Result>(begin: string, work: () => Result): Result {
    if (this.#depth > 0) throw new Error('a transaction was begun inside another');
    this.run(begin);
    this.#depth = 1;
    try {
      const result = work();
      this.#endReading();
      this.run('COMMIT');
      return result;
    } catch (error) {
      this.#endReading();
      // SQLite has already undone it where the disk was full or the file could not be written.
      if (this.#isOpenTransaction()) this.run('ROLLBACK');
      throw error;
    } finally {
      this.#depth = 0;
    }
  }

  #writePart(work: () => void): null | { error: unknown } {
    this.run('SAVEPOINT part');
    try {
      work();
      return null;
    } catch (error) {
      this.#endReading();
      if (!this.#isOpenTransaction()) throw error;
      this.run('ROLLBACK TO part');
      return { error };
    } finally {
      this.#endReading();
      if (this.#isOpenTransaction()) this.run('RELEASE part');
    }
  }

  #isOpenTransaction(): boolean {
    return this.#database.isOpen && this.#database.isTransaction;
  }

  #endReading(): void {
    for (const rows of this.#reading.splice(0)) rows.return?.();
  }

  #prepare(sql: string): StatementSyncInstance {
    const kept = this.#statements.get(sql);
    if (kept) return kept;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #prepareRows(sql: string): Query {
    const kept = this.#queries.get(sql);
    if (kept) return kept;
    const query = this.#newQuery(sql);
    this.#queries.set(sql, query);
    return query;
  }

  #newQuery(sql: string): Query {
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    const columns = statement.columns().map((column) => column.name);
    return { statement, columns, blank: blankRow(columns) };
  }

  #explained<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw explainSqliteError(error, this.file);
    }
  }
}
