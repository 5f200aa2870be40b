import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { FwId } from '@skyrocket/model/ids';
import type { Document } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { idsOf } from './workflow-structure.ts';

/** After a claim found that others were faster, so many claims take turns with those of other processes. */
const claimsInTurn = 10;

/** A turn ends by itself after so long, and nobody waits longer for one. */
const longestMilliseconds = 3000;

const turn = 'claiming';

/** A turn need not outlive the server. */
const fleeting = { writeConcern: { w: 1 } } as const;

/** So many finds are kept of those who had their turns last. */
const findsKept = 8;

/** What a claimer may look for. */
export interface Turn {
  /** What those before have found, and are at reserving: it is READY still, but as good as theirs. */
  taken: readonly FwId[];
  /** Lets the next one look, who passes over what was found, when it is called for the first time. */
  end(found: readonly FwId[]): Promise<void>;
}

/**
 * Claimers who look for what is READY at the same moment see the same Fireworks, and all but one of them work in vain. So
 * once that has happened they look one after another for a while: whose turn it is stands in the database, and beside it what
 * those before have found, so that they need not have reserved it before the next one looks. Nothing depends on that: who
 * does not end its turn, or comes without one (Python programs do), costs the others some time, or some of their claims;
 * and what is found and then not reserved, or READY again at once, is passed over for no longer than a turn may last.
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

  /** Waits for a turn, if any is to be taken. */
  async begin(connection: MongoConnection): Promise<Turn> {
    if (this.#left === 0) return { taken: [], end: async () => {} };
    const taken = await this.#wait(connection);
    const begun = performance.now();
    let isOver = false;
    return {
      taken,
      end: async (found) => {
        if (isOver) return;
        isOver = true;
        this.#milliseconds = performance.now() - begun;
        await this.#end(connection, found);
      },
    };
  }

  /** @returns what is taken, when it is our turn */
  async #wait(connection: MongoConnection): Promise<FwId[]> {
    const begun = performance.now();
    let taken = await this.#take(connection);
    this.#left = taken ? this.#left - 1 : claimsInTurn;
    while (!taken) {
      await pause(Math.min(longestMilliseconds / 2, 2 + this.#milliseconds * (0.5 + Math.random())));
      const isLate = performance.now() - begun > longestMilliseconds;
      taken = await this.#take(connection, { isLate });
      if (isLate) break;
    }
    // Who is late takes it from anybody, unless a killed database has forgotten that it was there.
    if (!taken) this.#isThere = false;
    return taken ?? [];
  }

  /** @returns what is taken, when it is our turn; who is late does not wait for others to end theirs */
  async #take({ meta }: MongoConnection, { isLate } = { isLate: false }): Promise<FwId[] | null> {
    if (!this.#isThere) {
      const missing = { until: { $ifNull: ['$until', '$$NOW'] }, finds: { $ifNull: ['$finds', []] } };
      await meta.updateOne({ _id: turn }, [{ $set: missing }], { upsert: true, ...fleeting });
      this.#isThere = true;
    }
    const free = { _id: turn, ...(!isLate && { $expr: { $lte: ['$until', '$$NOW'] } }) };
    const finds = { $filter: { input: '$finds', cond: { $gt: ['$$this.until', '$$NOW'] } } };
    const mine = [{ $set: { holder: this.#holder, until: soon, finds } }];
    const found = await meta.findOneAndUpdate(free, mine, { returnDocument: 'after', ...fleeting });
    return found && findsOf(found).flatMap(({ fireworks }) => idsOf(fireworks));
  }

  async #end({ meta }: MongoConnection, found: readonly FwId[]): Promise<void> {
    const isMine = { $eq: ['$holder', this.#holder] };
    const until = { $cond: [isMine, '$$NOW', '$until'] };
    const find = { until: soon, fireworks: { $literal: found } };
    const finds = { $slice: [{ $concatArrays: ['$finds', [find]] }, -findsKept] };
    await meta.updateOne({ _id: turn }, [{ $set: { until, finds } }], fleeting);
  }
}

/** By the database's own clock: no turn, and no find, counts longer. */
const soon = { $add: ['$$NOW', longestMilliseconds] };

const findsOf = ({ finds }: Document): Document[] => (Array.isArray(finds) ? finds : []);
