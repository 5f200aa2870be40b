import { type LaunchId, launchId } from '@skyrocket/model/ids';
import type { Document, ObjectId } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { drawIds } from './draw-ids.ts';

/**
 * Who claims Fireworks one by one draws the ids of some Launches ahead, which saves a command of each.
 *
 * After a reset by Python ids are given again from 1, and those that are left belong to nobody. So one is used only where the
 * very command that finds what to claim also sees that there was no reset since they were drawn: a Launch of that time is
 * still there, which a reset takes away, and the counter is ahead of them. A reset after that is what may come between
 * drawing and inserting at any time.
 */
export class SpareLaunchIds {
  #ids: LaunchId[] = [];
  /** A Launch that was inserted, and acknowledged, after they were drawn. Null: not yet. */
  #witness: ObjectId | null = null;
  /** Claims of one Firework that followed each other. */
  #singles = 0;
  #proven = false;

  /** Stages of a pipeline that look for the proof; none where no id is left. */
  proofStages(): Document[] {
    const last = this.#ids.at(-1);
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

  /** One that was proven to be ours a moment ago. */
  take(): LaunchId | undefined {
    if (!this.#proven) return undefined;
    this.#proven = false;
    return this.#ids.shift();
  }

  /** How many are to be drawn ahead by a claim of so many. */
  ahead(count: number): number {
    this.#singles = count === 1 ? this.#singles + 1 : 0;
    return this.#singles > 1 ? drawnAhead : 0;
  }

  keep(first: number, count: number): void {
    if (count === 0) return;
    this.#ids = Array.from({ length: count }, (_, index) => launchId(first + index));
    this.#witness = null;
    this.#proven = false;
  }

  /** A Launch that a claim has inserted counts now. */
  acknowledged(launch: ObjectId): void {
    this.#witness ??= launch;
  }

  forget(): void {
    this.#ids = [];
    this.#witness = null;
    this.#proven = false;
  }
}

const drawnAhead = 15;

/** Draws ids for the Launches of a claim. @returns the first of them; the others follow it */
export async function drawLaunchIds(
  connection: MongoConnection,
  { count, isOneOfMany }: { count: number; isOneOfMany: boolean },
): Promise<number> {
  const { spareIds } = connection;
  const spare = count === 1 ? spareIds.take() : undefined;
  if (spare !== undefined) return spare;
  const ahead = isOneOfMany ? spareIds.ahead(count) : 0;
  const first = await drawIds(connection, 'next_launch_id', count + ahead);
  spareIds.keep(first + count, ahead);
  return first;
}
