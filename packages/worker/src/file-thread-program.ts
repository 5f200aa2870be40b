import { parentPort } from 'node:worker_threads';
import { obey } from './file-orders.ts';
import { type PackedOrder, unpackOrder } from './packed-orders.ts';

/** The thread of file-thread.ts: answers each message in turn. */
parentPort?.on('message', (orders: PackedOrder[]) =>
  parentPort?.postMessage(orders.map((order) => obey(unpackOrder(order)))),
);
