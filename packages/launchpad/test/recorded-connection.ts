import type { Connection } from '@skyrocket/launchpad/store/sqlite/connection';

/** Statements on their way to a connection, in their order. */
export function recorded(database: Connection): { connection: Connection; statements: string[] } {
  const statements: string[] = [];
  const note = (sql: string) => statements.push(sql);
  const connection: Connection = {
    file: database.file,
    readOnly: database.readOnly,
    all(sql, ...values) {
      note(sql);
      return database.all(sql, ...values);
    },
    get(sql, ...values) {
      note(sql);
      return database.get(sql, ...values);
    },
    each(sql, ...values) {
      note(sql);
      return database.each(sql, ...values);
    },
    run(sql, ...values) {
      note(sql);
      return database.run(sql, ...values);
    },
    script: (sql) => database.script(sql),
    write: (work) => database.write(work),
    writeTogether: (works) => database.writeTogether(works),
    read: (work) => database.read(work),
    close: () => database.close(),
  };
  return { connection, statements };
}
