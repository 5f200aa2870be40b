import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands between a store and mongod. It lets the store "die" at its n-th write, or somebody else do something before that.
 * Where it dies, that command, or its answer, does not get
 * through, and nothing after it does. What the database then holds is what a killed program leaves.
 */
export interface DyingConnection {
  port: number;
  /** From now on writes are counted, from 1; at this one the store dies. */
  dieAt(death: Death): void;
  /** The store that died was only cut off: from now on all gets through. */
  restore(): void;
  /** From now on writes are counted, from 1; before this one is let through, something else happens. */
  interruptAt(write: number, deed: () => Promise<unknown>): void;
  /** From now on writes are counted, from 1; when this one has been answered, something else happens before that is heard. */
  answerLate(write: number, deed: () => Promise<unknown>): void;
  /** How many writes were counted. */
  writes(): number;
  close(): Promise<void>;
}

export interface Death {
  write: number;
  when: 'before it' | 'before its answer';
}

/** Commands that write. */
const writing: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'findAndModify']);

export async function dyingConnection(mongodPort: number): Promise<DyingConnection> {
  let writes = 0;
  let at: Death | null = null;
  let interruption: { write: number; deed: () => Promise<unknown> } | null = null;
  let lateness: { write: number; deed: () => Promise<unknown> } | null = null;
  let dead = false;
  const sockets = new Set<Socket>();
  const die = () => {
    dead = true;
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    if (dead) return void client.destroy();
    const upstream = connectTo(mongodPort, '127.0.0.1');
    let isLate = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        if (!isLate) client.destroy();
        upstream.destroy();
        sockets.delete(socket);
      });
    }
    let dying = false;
    splitMessages(client, async (message) => {
      if ((at || interruption || lateness) && writing.has(commandOf(message))) {
        writes += 1;
        if (writes === at?.write && at.when === 'before it') return die();
        if (writes === at?.write) dying = true;
        if (writes === interruption?.write) await interruption.deed();
        if (writes === lateness?.write) isLate = true;
      }
      upstream.write(message);
    });
    splitMessages(upstream, async (message) => {
      if (dying) return die();
      if (isLate) {
        await lateness?.deed();
        return void client.end(message);
      }
      client.write(message);
    });
  });
  await listen(server);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the connection has no port');
  return {
    port: address.port,
    dieAt: (death) => {
      writes = 0;
      at = death;
    },
    restore: () => {
      at = null;
      dead = false;
    },
    interruptAt: (write, deed) => {
      writes = 0;
      interruption = { write, deed };
    },
    answerLate: (write, deed) => {
      writes = 0;
      lateness = { write, deed };
    },
    writes: () => writes,
    close: () => {
      die();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
}

/** Messages of MongoDB's wire protocol begin with their length. */
function splitMessages(socket: Socket, take: (message: Buffer) => void | Promise<void>): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes]);
    while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
      const length = pending.readInt32LE(0);
      void take(pending.subarray(0, length));
      pending = pending.subarray(length);
    }
  });
}

/** The name of a command is the first key of its document, behind the header, the flags and the kind of the section. */
function commandOf(message: Buffer): string {
  const opMsg = 2013;
  if (message.readInt32LE(12) !== opMsg) return '';
  const name = 16 + 4 + 1 + 4 + 1;
  return message.toString('utf8', name, message.indexOf(0, name));
}
