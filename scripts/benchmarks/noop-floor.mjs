// noop-floor.mjs FIREWORKS BATCH BYTES: for each Firework a directory with a file of so many bytes and a line in a journal;
// for each batch of them a synced journal and two commits: one starts it, and claims the next, one reports it.

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
commit(() => each(0, (id) => insertFirework.run(id), fireworks));
const setFirework = database.prepare('UPDATE firework SET state = ? WHERE fw_id = ?');
const insertLaunch = database.prepare("INSERT INTO launch VALUES (?, 'RESERVED', NULL)");
const startLaunch = database.prepare("UPDATE launch SET state = 'RUNNING', document = ? WHERE launch_id = ?");
const endLaunch = database.prepare("UPDATE launch SET state = 'COMPLETED', document = ? WHERE launch_id = ?");

const claim = (id) => {
  setFirework.run('RESERVED', id);
  insertLaunch.run(id);
};
const start = (id) => {
  setFirework.run('RUNNING', id);
  startLaunch.run('{}', id);
};
const report = (id) => {
  setFirework.run('COMPLETED', id);
  endLaunch.run(result, id);
};

commit(() => each(0, claim));
for (let first = 0; first < fireworks; first += batch) {
  each(first, (id) => mkdirSync(directoryOf(id)));
  commit(() => {
    each(first, start);
    each(first + batch, claim);
  });
  each(first, (id) => {
    writeFileSync(join(directoryOf(id), 'FW.json'), document);
    writeSync(journal, `${result}\n`);
  });
  fdatasyncSync(journal);
  commit(() => each(first, report));
}
closeSync(journal);
database.close();

function directoryOf(id) {
  return `launcher_${id}`;
}

/** Does something with each of a batch. */
function each(first, work, count = batch) {
  for (let id = first; id < Math.min(first + count, fireworks); id++) work(id);
}

function commit(change) {
  database.exec('BEGIN IMMEDIATE');
  change();
  database.exec('COMMIT');
}
