import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { newChain } from '@skyrocket/queue/chain';
import { folderShelf } from '@skyrocket/queue/chain-folder';
import { changeChain, loadChain } from '@skyrocket/queue/chain-store';

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

/** Where a chain may be; it is not there yet. */
function place(): string {
  const root = mkdtempSync(join(tmpdir(), 'sky-chain-'));
  roots.push(root);
  return join(root, 'slots');
}

interface Counter {
  /** How often it said that it had counted. */
  said(): number;
  child: ChildProcess;
  ended: Promise<void>;
}

function counter(folder: string, times: number): Counter {
  const program = join(import.meta.dirname, 'chain-counter.mjs');
  const child = spawn(process.execPath, [program, folder, String(times)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
  });
  return {
    child,
    said: () => printed.split('\n').length - 1,
    ended: new Promise((resolve) => child.once('close', () => resolve())),
  };
}

const counted = async (folder: string) => (await loadChain(folderShelf('c', folder), 'c'))?.failures ?? 0;

describe('a chain in a folder', () => {
  it('is not there before somebody has begun it', async () => {
    expect(await folderShelf('c', place()).findChains()).toEqual({ chains: [] });
  });

  it('changes only by its last revision', async () => {
    const shelf = folderShelf('c', place());
    const save = (revision: number, state: string) => shelf.saveChain({ name: 'c', revision, state });
    expect(await save(0, 'first')).toEqual({ saved: true });
    expect(await save(0, 'another first')).toEqual({ saved: false });
    expect(await save(1, 'second')).toEqual({ saved: true });
    expect(await save(1, 'another second')).toEqual({ saved: false });
    expect((await shelf.findChains()).chains).toEqual([{ name: 'c', revision: 2, state: 'second' }]);
  });

  it('is begun by one of all who begin it at once', async () => {
    const folder = place();
    const begun = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        folderShelf('c', folder).saveChain({ name: 'c', revision: 0, state: String(i) }),
      ),
    );
    expect(begun.filter(({ saved }) => saved)).toHaveLength(1);
  });

  it('gets every change of several programs, each once', async () => {
    const folder = place();
    const counters = Array.from({ length: 4 }, () => counter(folder, 40));
    await Promise.all(counters.map(({ ended }) => ended));
    expect(counters.map(({ said }) => said())).toEqual([40, 40, 40, 40]);
    expect(await counted(folder)).toBe(160);
  });

  it('loses nothing that was acknowledged when programs are killed, and nobody has to wait for the dead', async () => {
    const folder = place();
    let [acknowledged, killed] = [0, 0];
    for (let round = 0; round < 6; round++) {
      const counters = Array.from({ length: 3 }, () => counter(folder, 100_000));
      // After another number of changes each time, so that they are hit between other two lines.
      const enough = () => counters.every(({ said }) => said() > round * 3);
      const deadline = Date.now() + 60_000;
      while (!enough()) {
        if (Date.now() > deadline) throw new Error('they do not count');
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      for (const { child } of counters) child.kill('SIGKILL');
      await Promise.all(counters.map(({ ended }) => ended));
      acknowledged += counters.reduce((sum, { said }) => sum + said(), 0);
      killed += counters.length;
    }
    const total = await counted(folder);
    expect(total).toBeGreaterThanOrEqual(acknowledged);
    expect(total).toBeLessThanOrEqual(acknowledged + killed);
    await changeChain(folderShelf('c', folder), 'c', (chain) => chain && { ...chain, failures: 0 });
    expect(readdirSync(folder)).toHaveLength(1);
    expect(readdirSync(join(folder, readdirSync(folder)[0] ?? ''))).toHaveLength(1);
  }, 120_000);

  it('stays as it is when the disk is full, and that is said in one sentence', async () => {
    const folder = place();
    await changeChain(folderShelf('c', folder), 'c', () => newChain(2, false));
    const program = join(import.meta.dirname, 'chain-counter.mjs');
    const full = ['-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath, program, folder, '1'];
    const { status, stderr } = spawnSync('bash', full, { encoding: 'utf8' });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(new RegExp(`SkyrocketError: chain c cannot be kept in ${folder}: EFBIG`));
    expect(await loadChain(folderShelf('c', folder), 'c')).toEqual(newChain(2, false));
    expect(readdirSync(join(folder, readdirSync(folder)[0] ?? ''))).toHaveLength(1);
  });
});
