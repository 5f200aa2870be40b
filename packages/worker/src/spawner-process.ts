import { Socket } from 'node:net';
import { frameWriter } from './frame-writer.ts';
import { createCommandTable } from './spawner-commands.ts';
import { frameReader } from './spawner-frames.ts';

/**
 * The helper process of the spawner. It holds nothing, so that starting a command copies little memory, and it outlives
 * the worker by just as long as it takes to end the commands.
 *
 * Orders come in on standard input and events go out on standard output, since a command gets streams of its own in
 * those two places: no command can hold the channel open. The end of the input is the end of the worker.
 */

/** How long commands may take to end by themselves once the worker is gone. */
const orphanGraceSeconds = 2;

// The terminal and the batch system signal every process they know; it is the worker that decides what becomes of tasks.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {});

const events = new Socket({ fd: 1, readable: false, writable: true });
// A worker that is gone is noticed on the other channel.
events.on('error', () => {});

const commands = createCommandTable(frameWriter(events));

const orders = new Socket({ fd: 0, readable: true, writable: false });
orders.on('data', frameReader(commands.obey));
orders.on('error', endWithWorker);
orders.on('end', endWithWorker);

function endWithWorker(): void {
  commands.endAll(orphanGraceSeconds, () => process.exit(0));
}
