import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { emptyAction } from '@skyrocket/model/action';
import { fwId, launchId } from '@skyrocket/model/ids';
import { parseJson } from '@skyrocket/model/lossless-json';
import type { FireworkRecord, LaunchRecord } from '@skyrocket/model/records';
import { timestamp } from '@skyrocket/model/timestamp';
import { float, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { type FileFailure, type FileOrder, obey } from '../src/file-orders.ts';
import { type FileThread, startFileThread } from '../src/file-thread.ts';
import { packOrders } from '../src/packed-orders.ts';

let folder: string;
let files: FileThread;
let thread: Worker;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skyrocket-files-'));
  files = startFileThread();
  thread = new Worker(new URL('../dist/file-thread-program.js', import.meta.url));
});

afterEach(async () => {
  await Promise.all([files.stop(), thread.terminate()]);
  rmSync(folder, { recursive: true, force: true });
});

/** As {@link FileThread} has it done once its thread has begun. */
async function inThread(orders: FileOrder[]): Promise<FileFailure[]> {
  thread.postMessage(packOrders(orders));
  const [failures] = await once(thread, 'message');
  return failures;
}

/** More than are made without a thread. */
const many = Array.from({ length: 40 }, (_, i) => i + 1);

const at = timestamp(0);

/** What loses its type, its order or its digits where it is not looked after. */
const delicate = (): UserMap =>
  new Map<string, UserValue>([
    ['2', float(1)],
    ['1', [float(-0), float(1e300), 0.5, Number.NaN, Number.NEGATIVE_INFINITY]],
    ['__proto__', new Map<string, UserValue>([['value', 2n ** 70n]])],
    ['text', 'naïve \ud800 "☃"'],
    ['nothing', [null, false, new Map(), []]],
  ]);

function order(id: number, path: string): FileOrder & { make: 'FW.json' } {
  const firework: FireworkRecord = {
    ...{ fwId: fwId(id), name: `step ${id}`, state: 'RUNNING', spec: delicate() },
    ...{ launches: [launchId(id)], archivedLaunches: [], createdOn: at, updatedOn: at },
  };
  const checkpoint = { taskIndex: 1, storedData: delicate(), updateSpec: new Map(), modSpec: [] };
  const launch: LaunchRecord = {
    ...{
      launchId: launchId(id),
      fwId: fwId(id),
      state: 'RUNNING',
      host: 'here',
      ip: '127.0.0.1',
      trackers: [],
    },
    fworker: { name: 'worker', category: ['a', 'b'], query: new Map(), env: delicate() },
    launchDir: folder,
    action: { ...emptyAction(), updateSpec: delicate() },
    history: [{ state: 'RUNNING', createdOn: at, updatedOn: at, checkpoint }],
  };
  return { make: 'FW.json', path, firework, launches: [launch] };
}

describe('the thread that makes files', () => {
  it('writes each FW.json as it is written without it, with user data of every type', async () => {
    const pathOf = (id: number) => join(folder, `${id}.json`);
    expect(await inThread(many.map((id) => order(id, pathOf(id))))).toEqual(many.map(() => null));
    for (const id of many) {
      const path = join(folder, 'here.json');
      expect(obey(order(id, path))).toBeNull();
      expect(readFileSync(pathOf(id), 'utf8')).toBe(readFileSync(path, 'utf8'));
    }
    const written = parseJson(readFileSync(pathOf(1), 'utf8'));
    expect(written instanceof Map && written.get('spec')).toEqual(delicate());
  });

  it('writes what Launches have in common into each FW.json, as far as they have', async () => {
    const pathOf = (id: number) => join(folder, `${id}.json`);
    const { launches, ...first } = order(0, pathOf(0));
    const alike = many.map((id): FileOrder & { make: 'FW.json' } => ({
      ...{ ...first, path: pathOf(id) },
      launches: launches.map((launch) => ({
        ...{ ...launch, launchId: launchId(id), launchDir: pathOf(id), action: null },
        ...(id === 7 && { host: 'there' }),
        ...(id === 8 && { trackers: [{ filename: 'log', nlines: 2, allowZipped: false }] }),
      })),
    }));
    expect(await inThread(alike)).toEqual(many.map(() => null));
    for (const one of alike) {
      const path = join(folder, 'here.json');
      expect(obey({ ...one, path })).toBeNull();
      expect(readFileSync(one.path, 'utf8')).toBe(readFileSync(path, 'utf8'));
    }
  });

  it('tells of each that cannot be made, and makes the others', async () => {
    const ways = { soon: files.obey, later: inThread };
    for (const [name, made] of Object.entries(ways)) {
      mkdirSync(join(folder, `${name} 7`));
      const failures = await made(
        many.map((id) => ({ make: 'directory', path: join(folder, `${name} ${id}`) })),
      );
      expect(failures.map((failure) => failure?.code)).toEqual(
        many.map((id) => (id === 7 ? 'EEXIST' : undefined)),
      );
    }
    expect(readdirSync(folder)).toHaveLength(2 * many.length);
  });
});
