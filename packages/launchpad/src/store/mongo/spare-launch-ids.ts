import type { AgentId } from '@skyrocket/contract/agents';
import { type LaunchId, launchId } from '@skyrocket/model/ids';
import type { Document, ObjectId } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { drawIds } from './draw-ids.ts';
import { passing } from './passing.ts';

const drawnAhead = 15;

/** Claims that come more seldom are no row of them; nor do so many of them last longer than what is noted ahead counts. */
const rowMilliseconds = 2000;

/** What is noted about a Launch that is not there yet counts as that of a claim under way for twice as long (held-launches.ts). */
const usedForMilliseconds = drawnAhead * rowMilliseconds;

/** The ids of Launches that will be made. */
export interface DrawnIds {
  /** The others follow it. */
  first: number;
  /** It is noted already that the agent is about to hold it. */
  isNoted: boolean;
  /** Drawn for claims that may follow. */
  ahead: Ahead;
}

/** Ids drawn ahead, with the agent of which is noted, at that moment, that it is about to hold them; null: of nobody. */
interface Ahead {
  ids: LaunchId[];
  noted: { agent: AgentId; on: Date } | null;
}

const nothingAhead: Ahead = { ids: [], noted: null };

/**
 * Who claims Fireworks one by one draws the ids of some Launches ahead, which saves a command of each. An agent of this very
 * process has noted of all of them that it is about to hold them, which saves another; since nobody but this process can
 * repeat a claim of it, the key of the claim need be known only here (`own-claims.ts`).
 *
 * After a reset by Python ids are given again from 1, and those that are left belong to nobody. So one is used only where the
 * very command that finds what to claim also sees that there was no reset since they were drawn: a Launch of that time is
 * still there, which a reset takes away, and the counter is ahead of them. A reset after that is what may come between
 * drawing and inserting at any time.
 */
export class SpareLaunchIds {
  #ahead = nothingAhead;
  #keptAt = 0;
  /** A Launch that was inserted, and acknowledged, after they were drawn. Null: not yet. */
  #witness: ObjectId | null = null;
  /** Claims of one Firework that followed each other, and the moment of the last one. */
  #singles = 0;
  #lastSingle = Number.NEGATIVE_INFINITY;
  #proven = false;

  /** Stages of a pipeline that look for the proof; none where no id is left. */
  proofStages(): Document[] {
    const last = this.#ahead.ids.at(-1);
    this.#proven = false;
    if (last === undefined || !this.#witness) return [];
    const is = { $project: { _id: 1 } };
    const launch = [{ $match: { _id: this.#witness } }, is];
    const counter = [{ $match: { next_launch_id: { $gt: Number(last) } } }, is];
    return [
      { $lookup: { from: 'launches', pipeline: launch, as: 'witnesses' } },
      { $lookup: { from: 'fw_id_assigner', pipeline: counter, as: 'counters' } },
    ];
  }

  /** Takes note of what these stages brought. */
  judge(found: Document | undefined): void {
    if (!found || !this.#witness) return;
    this.#proven = found.witnesses?.length === 1 && found.counters?.length === 1;
    if (!this.#proven) this.forget();
  }

  /**
   * One that was proven to be ours a moment ago. FireWorks takes the highest id of a Firework for its last Launch, so that one
   * that was drawn before its last is of no use to it.
   */
  take({ agent, lastLaunch }: { agent: AgentId | null; lastLaunch: LaunchId | null }): DrawnIds | null {
    if (!this.#proven) return null;
    this.#proven = false;
    const { ids, noted } = this.#ahead;
    const isOld = performance.now() - this.#keptAt > usedForMilliseconds;
    if (noted && (isOld || noted.agent !== agent)) return null;
    const [first, ...others] = ids;
    if (first === undefined || (lastLaunch !== null && first < lastLaunch)) return null;
    this.#ahead = { ids: others, noted };
    return { first, isNoted: noted !== null, ahead: nothingAhead };
  }

  /** How many are to be drawn ahead by a claim of so many. */
  ahead(count: number): number {
    const now = performance.now();
    const follows = count === 1 && now - this.#lastSingle < rowMilliseconds;
    this.#singles = follows ? this.#singles + 1 : 0;
    this.#lastSingle = count === 1 ? now : Number.NEGATIVE_INFINITY;
    return this.#singles > 0 ? drawnAhead : 0;
  }

  /** To be called when what is to be noted about them is stored. */
  keep(ahead: Ahead): void {
    this.#ahead = ahead;
    this.#keptAt = performance.now();
    this.#witness = null;
    this.#proven = false;
  }

  /** A Launch that a claim has inserted counts now. */
  acknowledged(launch: ObjectId): void {
    this.#witness ??= launch;
  }

  /** @returns what is forgotten, and is to be noted no longer */
  giveUp(): Ahead {
    const ahead = this.#ahead;
    this.forget();
    return ahead;
  }

  forget(): void {
    this.#ahead = nothingAhead;
    this.#witness = null;
    this.#proven = false;
  }
}

/** What ids are drawn for. */
interface Drawing {
  count: number;
  agent: AgentId | null;
  /** The highest id that the Firework of a single one has had. */
  lastLaunch: LaunchId | null;
  /** Such claims may follow each other. */
  isOneOfMany: boolean;
}

/** Draws ids for the Launches of a claim. */
export async function drawLaunchIds(connection: MongoConnection, drawing: Drawing): Promise<DrawnIds> {
  const { spareIds, ownClaims } = connection;
  const { count, agent, isOneOfMany } = drawing;
  const spare = count === 1 ? spareIds.take(drawing) : null;
  if (spare) return spare;
  const more = isOneOfMany ? spareIds.ahead(count) : 0;
  const first = await drawIds(connection, 'next_launch_id', count + more);
  const ids = Array.from({ length: more }, (_, index) => launchId(first + count + index));
  const noted = agent !== null && ownClaims.isOfThisProcess(agent) ? { agent, on: new Date() } : null;
  return { first, isNoted: false, ahead: { ids, noted } };
}

/** Drops the notes about what was drawn ahead and is not needed any more. Notes about others that have got these ids stay. */
export async function dropUnused({ spareIds, starts }: MongoConnection): Promise<void> {
  const { ids, noted } = spareIds.giveUp();
  if (ids.length === 0 || !noted) return;
  await starts.deleteMany({ _id: { $in: ids.map(Number) }, ...noted, token: null }, passing);
}
