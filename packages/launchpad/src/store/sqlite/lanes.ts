import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import type { FWorker } from '@skyrocket/model/records';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import { suitsWorker } from '@skyrocket/model/worker-filter';
import { type DocumentMatcher, documentMatcher } from '../document-query.ts';
import type { Connection } from './connection.ts';

/** A combination of what workers are picky about: see the schema. Its row never changes but for `ready`. */
export interface Lane {
  lane: number;
  /** `_category` and `_fworker`, where the Fireworks of the lane have them. */
  spec: UserMap;
  tasks: string[];
}

interface LaneRow {
  lane: number;
  category: string;
  fworker: string;
  tasks: string;
}

/** What a worker may claim. */
export interface WorkerMatch {
  /** By name and category; the worker's own query is not looked at. */
  suits(lane: Lane): boolean;
  /** The worker's own query over whole Fireworks; null when it has none. */
  query: DocumentMatcher | null;
}

/** Reads lanes, and remembers them and what was found out about workers. */
export class Lanes {
  readonly #database: Connection;
  readonly #known = new Map<number, Lane>();
  readonly #matches = new Map<string, WorkerMatch>();

  constructor(database: Connection) {
    this.#database = database;
  }

  /** Lanes in which something is READY. */
  withReady(): Lane[] {
    const rows = this.#database.all<{ lane: number }>('SELECT lane FROM lanes WHERE ready > 0');
    return rows.map((row) => this.#lane(row.lane));
  }

  all(): Lane[] {
    const rows = this.#database.all<{ lane: number }>('SELECT lane FROM lanes');
    return rows.map((row) => this.#lane(row.lane));
  }

  /** How many Fireworks are READY in these lanes. */
  countReady(lanes: Lane[]): number {
    const row = this.#database.get<{ ready: number }>(
      'SELECT coalesce(sum(ready), 0) AS ready FROM lanes WHERE lane IN (SELECT value FROM json_each(?))',
      JSON.stringify(lanes.map((lane) => lane.lane)),
    );
    return row?.ready ?? 0;
  }

  /** @throws SkyrocketError BAD_QUERY when the worker's query cannot be used. */
  async matchFor(fworker: FWorker): Promise<WorkerMatch> {
    const key = stringifyJson([fworker.name, fworker.category, fworker.query]);
    const known = this.#matches.get(key);
    if (known) return known;
    const match: WorkerMatch = {
      suits: ({ spec }) => suitsWorker(spec, fworker),
      query: fworker.query.size === 0 ? null : await documentMatcher(fworker.query),
    };
    this.#matches.set(key, match);
    return match;
  }

  #lane(id: number): Lane {
    const known = this.#known.get(id);
    if (known) return known;
    const row = this.#database.get<LaneRow>('SELECT * FROM lanes WHERE lane = ?', id);
    if (!row) throw new Error(`lane ${id} is not there`);
    const spec = new Map<string, UserValue>();
    if (row.category !== '') spec.set('_category', parseJson(row.category));
    if (row.fworker !== '') spec.set('_fworker', parseJson(row.fworker));
    const lane: Lane = { lane: id, spec, tasks: JSON.parse(row.tasks) };
    this.#known.set(id, lane);
    return lane;
  }
}
