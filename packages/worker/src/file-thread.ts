import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type FileFailure, type FileOrder, obey } from './file-orders.ts';
import { packOrders } from './packed-orders.ts';

/**
 * Makes many small files and directories on a thread of their own, while the worker runs tasks and talks with the
 * launchpad: on most disks that takes as long as all the rest.
 */
export interface FileThread {
  /** One answer for each order, in their order. */
  obey(orders: FileOrder[]): Promise<FileFailure[]>;
  stop(): Promise<void>;
}

/** For fewer, a thread costs more than it saves. */
const fewOrders = 32;

/** Shorter than the shortest command. */
const turnMilliseconds = 0.5;

/**
 * The thread is started by the first call that is worth it; what is asked for until it has begun is done here. Directories
 * are made before files that were asked for earlier: Launches are started when they have theirs.
 */
export function startFileThread(): FileThread {
  let thread: Worker | null = null;
  let hasBegun = false;
  let lines: Line[] = [];

  function start(): Worker {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(threadProgram(), { workerData: port2, transferList: [port2] });
    lines = [lineThrough(port1), lineThrough(worker)];
    worker.once('online', () => {
      hasBegun = true;
    });
    worker.on('error', lose);
    worker.on('exit', lose);
    return worker;
  }

  /** What it may have begun is done here; a directory that is there already is told as such. */
  function lose(): void {
    thread = null;
    hasBegun = false;
    for (const { waiting } of lines) {
      for (const { orders, answer } of waiting.splice(0)) answer(orders.map(obey));
    }
  }

  return {
    async obey(orders) {
      if (orders.length < fewOrders) return obeyBetween(orders);
      thread ??= start();
      const [first, last] = lines;
      const line = orders.every(({ make }) => make === 'directory') ? first : last;
      if (!hasBegun || !line) return obeyBetween(orders);
      // First: what cannot be sent is not to be waited for.
      line.port.postMessage(packOrders(orders));
      return new Promise((answer) => line.waiting.push({ orders, answer }));
    },
    async stop() {
      await thread?.terminate();
    },
  };
}

/** Orders on their way to the thread, and their answers on the way back. */
interface Line {
  port: Pick<MessagePort, 'postMessage'>;
  waiting: { orders: FileOrder[]; answer: (failures: FileFailure[]) => void }[];
}

function lineThrough(port: MessagePort | Worker): Line {
  const line: Line = { port, waiting: [] };
  port.on('message', (failures: FileFailure[]) => line.waiting.shift()?.answer(failures));
  port.unref();
  return line;
}

/** Here, and between them the worker goes on: it has a command to start while a disk takes its time. */
async function obeyBetween(orders: FileOrder[]): Promise<FileFailure[]> {
  const failures: FileFailure[] = [];
  let begun = performance.now();
  for (const order of orders) {
    if (performance.now() - begun > turnMilliseconds) {
      await nextTurn();
      begun = performance.now();
    }
    failures.push(obey(order));
  }
  return failures;
}

/** Node 20 cannot run TypeScript, so where this module is a source, the built program is taken. */
function threadProgram(): string {
  const isSource = import.meta.url.endsWith('.ts');
  const place = isSource ? '../dist/file-thread-program.js' : './file-thread-program.js';
  const path = fileURLToPath(new URL(place, import.meta.url));
  if (existsSync(path)) return path;
  throw new Error(`${path} is not there; build the packages first (npm run build)`);
}
