import { MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type FileFailure, obey } from './file-orders.ts';
import { type PackedOrder, unpackOrder } from './packed-orders.ts';

// The thread of file-thread.ts: answers each message in turn, those of the port that it was given first.

const first = workerData instanceof MessagePort ? workerData : null;

first?.on('message', (orders: PackedOrder[]) => first.postMessage(obeyAll(orders)));

parentPort?.on('message', (orders: PackedOrder[]) => {
  if (first) serve(first);
  parentPort?.postMessage(obeyAll(orders));
});

function serve(port: MessagePort): void {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
    port.postMessage(obeyAll(next.message));
}

function obeyAll(orders: PackedOrder[]): FileFailure[] {
  return orders.map((order) => obey(unpackOrder(order)));
}
