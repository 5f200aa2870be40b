import type { Collection, Document, MongoClient, ServerDescription } from 'mongodb';

/**
 * From when a server that takes writes is known until it is gone: killed, stepped down, or lost sight of. What it acknowledged
 * without making it durable may be forgotten by who comes after it, be it the same server started again.
 */
export interface ServerLife {
  isOver: boolean;
}

/** Something was to be done in a life that is over. */
export class LifeIsOver extends Error {
  constructor() {
    super('it was lost in the middle of a call');
  }
}

/** @returns what tells the present life; to be asked for before the client connects */
export function livesOf(client: MongoClient): () => ServerLife {
  let life: ServerLife = { isOver: false };
  let writer: string | null = null;
  client.on('topologyDescriptionChanged', ({ newDescription: { servers } }) => {
    const now = writerAmong([...servers.values()]);
    if (writer !== null && writer !== now) {
      life.isOver = true;
      life = { isOver: false };
    }
    writer = now;
  });
  return () => life;
}

/** Names the process that takes writes, and its term of office. */
function writerAmong(servers: readonly ServerDescription[]): string | null {
  const writer = servers.find(({ isWritable }) => isWritable);
  if (!writer) return null;
  const { address, topologyVersion, electionId } = writer;
  return `${address} ${topologyVersion?.processId ?? ''} ${electionId ?? ''}`;
}

/**
 * A collection that does nothing any more when a life is over. What was begun before that fails with its server: the client
 * tries no write again by itself.
 */
export function inLife<Schema extends Document>(
  collection: Collection<Schema>,
  life: ServerLife,
): Collection<Schema> {
  return new Proxy(collection, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...words: unknown[]) => {
        if (life.isOver) throw new LifeIsOver();
        return Reflect.apply(member, target, words);
      };
    },
  });
}
