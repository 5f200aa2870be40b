import { connectionOfLife, type MongoConnection } from './connection.ts';

/** How a database is used in such a way that no call goes on in another life of its server (`server-lives.ts`). */
export interface KeptToLives {
  /** A connection that does nothing any more when the present life is over. */
  present(): MongoConnection;
  /** Does work that may be repeated. If a life ends meanwhile, it is done once more, from its beginning. */
  inOneLife<T>(work: (connection: MongoConnection) => Promise<T>): Promise<T>;
}

export function keptToLives(opened: MongoConnection): KeptToLives {
  const inPresentLife = () => ({ life: opened.life(), connection: connectionOfLife(opened, opened.life()) });
  let known = inPresentLife();
  const present = () => {
    if (known.life.isOver) known = inPresentLife();
    return known.connection;
  };
  return {
    present,
    async inOneLife(work) {
      const life = opened.life();
      try {
        return await work(present());
      } catch (error) {
        if (!life.isOver) throw error;
        return work(present());
      }
    },
  };
}
