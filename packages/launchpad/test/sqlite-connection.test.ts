import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Connection, openConnection } from '@skyrocket/launchpad/store/sqlite/connection';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();

/** Two connections to one file with a table of three rows. */
async function twoConnections(): Promise<[Connection, Connection]> {
  const file = join(await newFolder(), 'numbers.db');
  const first = await openConnection({ file, readOnly: false });
  first.script(
    'PRAGMA journal_mode = WAL; CREATE TABLE numbers (n INTEGER); INSERT INTO numbers VALUES (1), (2), (3)',
  );
  return [first, await openConnection({ file, readOnly: false })];
}

const countNumbers = 'SELECT count(*) AS n FROM numbers';

describe('a transaction', () => {
  it('is committed when its work returns, and others see it then', async () => {
    const [first, second] = await twoConnections();
    first.write(() => {
      first.run('INSERT INTO numbers VALUES (?)', 4);
      expect(second.get(countNumbers)).toEqual({ n: 3 });
    });
    expect(second.get(countNumbers)).toEqual({ n: 4 });
    first.close();
    second.close();
  });

  it('is undone when its work throws', async () => {
    const [first, second] = await twoConnections();
    const mistake = new Error('changed my mind');
    const work = () => {
      first.run('DELETE FROM numbers');
      throw mistake;
    };
    expect(() => first.write(work)).toThrow(mistake);
    expect(first.get(countNumbers)).toEqual({ n: 3 });
    first.close();
    second.close();
  });

  it('sees one state of the file while it reads, and the newest when it begins again', async () => {
    const [first, second] = await twoConnections();
    first.read(() => {
      expect(first.get(countNumbers)).toEqual({ n: 3 });
      second.run('INSERT INTO numbers VALUES (4)');
      expect(first.get(countNumbers)).toEqual({ n: 3 });
    });
    expect(first.get(countNumbers)).toEqual({ n: 4 });
    first.close();
    second.close();
  });

  it('holds no view of the file any more when rows were left unread', async () => {
    const [first, second] = await twoConnections();
    first.read(() => expect(first.each('SELECT n FROM numbers').next().value).toEqual({ n: 1 }));
    second.run('INSERT INTO numbers VALUES (4)');
    expect(first.write(() => first.get(countNumbers))).toEqual({ n: 4 });
    first.close();
    second.close();
  });

  it('cannot be begun inside another', async () => {
    const [first, second] = await twoConnections();
    expect(() => first.write(() => first.read(() => 1))).toThrow('inside another');
    first.close();
    second.close();
  });
});

describe('several works in one transaction', () => {
  it('are committed together, and one that throws is undone alone', async () => {
    const [first, second] = await twoConnections();
    const mistake = new Error('changed my mind');
    const outcomes = first.writeTogether([
      () => first.run('INSERT INTO numbers VALUES (4)'),
      () => {
        first.run('DELETE FROM numbers');
        throw mistake;
      },
      () => {
        first.run('INSERT INTO numbers VALUES (5)');
        expect(second.get(countNumbers)).toEqual({ n: 3 });
      },
    ]);
    expect(outcomes).toEqual([null, { error: mistake }, null]);
    expect(second.all('SELECT n FROM numbers ORDER BY n')).toEqual([1, 2, 3, 4, 5].map((n) => ({ n })));
    first.close();
    second.close();
  });

  it('are all undone when the transaction itself fails', async () => {
    const [first, second] = await twoConnections();
    const works = [
      () => first.run('INSERT INTO numbers VALUES (4)'),
      () => first.run('INSERT OR ROLLBACK INTO numbers SELECT max(n) FROM missing'),
    ];
    expect(() => first.writeTogether([...works, () => first.close()])).toThrow();
    expect(second.get(countNumbers)).toEqual({ n: 3 });
    second.close();
  });
});

describe('a connection that only reads', () => {
  it('refuses to write with a sentence', async () => {
    const [first, second] = await twoConnections();
    const reader = await openConnection({ file: first.file, readOnly: true });
    expect(reader.get(countNumbers)).toEqual({ n: 3 });
    expect(() => reader.write(() => 1)).toThrow(expect.objectContaining({ code: 'STORE_READ_ONLY' }));
    for (const connection of [first, second, reader]) connection.close();
  });
});

describe('closing', () => {
  it('may be done twice', async () => {
    const [first, second] = await twoConnections();
    first.close();
    first.close();
    second.close();
  });
});
