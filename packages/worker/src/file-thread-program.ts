import { parentPort } from 'node:worker_threads';
import { type FileOrder, obey } from './file-orders.ts';

/** The thread of file-thread.ts: answers each message in turn. */
parentPort?.on('message', (orders: FileOrder[]) => parentPort?.postMessage(orders.map(obey)));
