// noop-floor.mjs FIREWORKS BATCH BYTES: for each Firework a directory with a file of so many bytes and a line in a journal;
// for each batch of them a synced journal and three commits: to claim, to start and to report them.

import { closeSync, fdatasyncSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';

const [fireworks, batch, bytes] = process.argv.slice(2).map(Number);
const database = new DatabaseSync('floor.db');
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
database.exec('CREATE TABLE firework (fw_id INTEGER PRIMARY KEY, state TEXT NOT NULL) STRICT');
database.exec(
  'CREATE TABLE launch (launch_id INTEGER PRIMARY KEY, state TEXT NOT NULL, document TEXT) STRICT',
);
const document = 'x'.repeat(bytes);
const result = 'y'.repeat(500);
const journal = openSync('journal', 'a');

const insertFirework = database.prepare("INSERT INTO firework VALUES (?, 'READY')");
commit(0, fireworks, (id) => insertFirework.run(id));
const setFirework = database.prepare('UPDATE firework SET state = ? WHERE fw_id = ?');
const insertLaunch = database.prepare("INSERT INTO launch VALUES (?, 'RESERVED', NULL)");
const startLaunch = database.prepare("UPDATE launch SET state = 'RUNNING', document = ? WHERE launch_id = ?");
const endLaunch = database.prepare("UPDATE launch SET state = 'COMPLETED', document = ? WHERE launch_id = ?");

for (let first = 0; first < fireworks; first += batch) {
  const end = Math.min(first + batch, fireworks);
  commit(first, end, (id) => {
    setFirework.run('RESERVED', id);
    insertLaunch.run(id);
  });
  for (let id = first; id < end; id++) mkdirSync(directoryOf(id));
  commit(first, end, (id) => {
    setFirework.run('RUNNING', id);
    startLaunch.run('{}', id);
  });
  for (let id = first; id < end; id++) {
    writeFileSync(join(directoryOf(id), 'FW.json'), document);
    writeSync(journal, `${result}\n`);
  }
  fdatasyncSync(journal);
  commit(first, end, (id) => {
    setFirework.run('COMPLETED', id);
    endLaunch.run(result, id);
  });
}
closeSync(journal);
database.close();

function directoryOf(id) {
  return `launcher_${id}`;
}

function commit(first, end, change) {
  database.exec('BEGIN IMMEDIATE');
  for (let id = first; id < end; id++) change(id);
  database.exec('COMMIT');
}
