import { parentPort } from 'node:worker_threads';
import { obey, type PackedOrders, unpackOrders } from './file-orders.ts';

/** The thread of file-thread.ts: answers each message in turn. */
parentPort?.on('message', (orders: PackedOrders) => parentPort?.postMessage(unpackOrders(orders).map(obey)));
