import { changedSpec } from '../apply-change.ts';
import { applyModSpec, keysTouchedBy } from '../spec-edits.ts';
import type { UserMap, UserValue } from '../user-data.ts';

/**
 * Edits of one spec that are not yet written. Never changed once made: each edit gives a new draft, so that edits can
 * be tried and dropped. Assigning and removing whole keys needs no knowledge of the spec.
 */
export class SpecDraft {
  readonly set: ReadonlyMap<string, UserValue>;
  /** Keys that are deleted; one that is also in `set` was deleted first and assigned again. */
  readonly unset: ReadonlySet<string>;

  constructor(set: ReadonlyMap<string, UserValue> = new Map(), unset: ReadonlySet<string> = new Set()) {
    this.set = set;
    this.unset = unset;
  }

  get isEmpty(): boolean {
    return this.set.size === 0 && this.unset.size === 0;
  }

  assign(entries: UserMap): SpecDraft {
    return entries.size === 0 ? this : new SpecDraft(new Map([...this.set, ...entries]), this.unset);
  }

  remove(key: string): SpecDraft {
    const set = new Map(this.set);
    set.delete(key);
    return new SpecDraft(set, new Set([...this.unset, key]));
  }

  /**
   * Applies operators of `mod_spec`; `stored` is the spec under these edits.
   * @throws SkyrocketError BAD_ACTION
   */
  modify(stored: UserMap, mods: readonly UserMap[]): SpecDraft {
    const touched = new Set(mods.flatMap((mod) => [...keysTouchedBy(mod)]));
    const view = new TouchedKeys();
    for (const key of touched) {
      const value = this.get(stored, key);
      if (value !== undefined) view.set(key, value);
    }
    for (const mod of mods) applyModSpec(view, mod);
    const set = new Map(this.set);
    const unset = new Set(this.unset);
    for (const key of view.deleted) if (set.delete(key) || stored.has(key)) unset.add(key);
    for (const [key, value] of view) {
      if (view.deleted.has(key) || value !== this.get(stored, key)) set.set(key, value);
    }
    return new SpecDraft(set, unset);
  }

  /** The value of a key with these edits; undefined when there is none. */
  get(stored: UserMap, key: string): UserValue | undefined {
    const value = this.set.get(key);
    return value !== undefined || this.unset.has(key) ? value : stored.get(key);
  }

  /** The whole spec with these edits. */
  over(stored: UserMap): UserMap {
    return changedSpec(stored, this);
  }
}

/** The part of a spec that operators touch. What is deleted and made again moves to the end of the spec, also as the same value. */
class TouchedKeys extends Map<string, UserValue> {
  readonly deleted = new Set<string>();

  override delete(key: string): boolean {
    this.deleted.add(key);
    return super.delete(key);
  }
}
