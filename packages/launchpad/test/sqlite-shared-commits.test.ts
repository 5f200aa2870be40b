import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Connection, openConnection } from '@skyrocket/launchpad/store/sqlite/connection';
import { sharedCommits, type Write } from '@skyrocket/launchpad/store/sqlite/shared-commits';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();

describe('writes that come at once', () => {
  let database: Connection;
  let commits: number;
  let write: Write;

  beforeEach(async () => {
    database = await openConnection({ file: join(await newFolder(), 'numbers.db'), readOnly: false });
    database.script('CREATE TABLE numbers (n INTEGER PRIMARY KEY)');
    commits = 0;
    write = sharedCommits({
      writeTogether(works) {
        commits++;
        return database.writeTogether(works);
      },
    });
  });
  afterEach(() => database.close());

  const insert = (n: number) => write(() => database.run('INSERT INTO numbers VALUES (?)', n));
  const numbers = () => database.all<{ n: number }>('SELECT n FROM numbers ORDER BY n').map(({ n }) => n);

  it('share a commit, each with its own result', async () => {
    const sizes = await Promise.all([1, 2, 3].map((n) => insert(n).then(() => numbers().length)));
    expect(sizes).toEqual([3, 3, 3]);
    expect(commits).toBe(1);
  });

  it('are done in their order, each seeing what those before it wrote', async () => {
    const count = () => database.get<{ n: number }>('SELECT count(*) AS n FROM numbers')?.n;
    const [, seen] = await Promise.all([insert(1), write(count), insert(2)]);
    expect(seen).toBe(1);
  });

  it('fail each for itself: what one of them wrote before it failed is undone', async () => {
    const mistaken = () => {
      database.run('INSERT INTO numbers VALUES (7)');
      database.run('INSERT INTO numbers VALUES (1)');
    };
    const ends = await Promise.allSettled([insert(1), write(mistaken), insert(2)]);
    expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(numbers()).toEqual([1, 2]);
  });

  it('all fail when nothing can be committed', async () => {
    const ends = await Promise.allSettled([insert(1), write(() => database.close()), insert(2)]);
    expect(ends.map((end) => end.status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('are followed by more than fit into one commit', async () => {
    const all = Array.from({ length: 450 }, (_, n) => n);
    await Promise.all(all.map(insert));
    expect(numbers()).toEqual(all);
    expect(commits).toBe(3);
  });
});
