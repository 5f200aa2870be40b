import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { MongoConnection } from './connection.ts';

/** After a claim found that others were faster, so many claims take turns with those of other processes. */
const claimsInTurn = 10;

/** A turn ends by itself after so long, and nobody waits longer for one. */
const longestMilliseconds = 3000;

const turn = 'claiming';

/** A turn need not outlive the server. */
const fleeting = { writeConcern: { w: 1 } } as const;

/**
 * Claimers who look for what is READY at the same moment see the same Fireworks, and all but one of them work in vain. So
 * once that has happened they go one after another for a while: whose turn it is stands in the database. Nothing depends
 * on that: who does not end its turn, or comes without one (Python programs do), costs the others some time, or some of
 * their claims.
 */
export class ClaimTurns {
  readonly #holder = randomUUID();
  #left = 0;
  #isThere = false;
  /** How long this process was at its last claim. */
  #milliseconds = 20;

  /** Others were faster with some Fireworks. */
  collided(): void {
    this.#left = claimsInTurn;
  }

  /** Waits for a turn, if any is to be taken. @returns ends it, when it is called for the first time */
  async begin(connection: MongoConnection): Promise<() => Promise<void>> {
    let isInTurn = this.#left > 0 && (await this.#wait(connection));
    const begun = performance.now();
    return async () => {
      if (!isInTurn) return;
      isInTurn = false;
      this.#milliseconds = performance.now() - begun;
      const mine = { _id: turn, holder: this.#holder };
      await connection.meta.updateOne(mine, [{ $set: { until: '$$NOW' } }], fleeting);
    };
  }

  /** @returns whether it is our turn now */
  async #wait(connection: MongoConnection): Promise<boolean> {
    const begun = performance.now();
    const isFirst = await this.#take(connection);
    this.#left = isFirst ? this.#left - 1 : claimsInTurn;
    for (let taken = isFirst; ; taken = await this.#take(connection)) {
      if (taken || performance.now() - begun > longestMilliseconds) return taken;
      await pause(Math.min(longestMilliseconds / 2, 2 + this.#milliseconds * (0.5 + Math.random())));
    }
  }

  async #take({ meta }: MongoConnection): Promise<boolean> {
    if (!this.#isThere) {
      await meta.updateOne({ _id: turn }, [{ $set: { until: { $ifNull: ['$until', '$$NOW'] } } }], {
        upsert: true,
        ...fleeting,
      });
      this.#isThere = true;
    }
    const free = { _id: turn, $expr: { $lte: ['$until', '$$NOW'] } };
    const until = { $add: ['$$NOW', longestMilliseconds] };
    const taken = await meta.updateOne(free, [{ $set: { holder: this.#holder, until } }], fleeting);
    return taken.matchedCount === 1;
  }
}
