import { type FwId, fwId } from '@skyrocket/model/ids';
import type { Collection, ObjectId } from 'mongodb';
import { integerOf } from './documents.ts';

export interface NamedFirework {
  fwId: FwId;
  name: string;
}

/** For so many documents the Firework is remembered; then all are forgotten, which costs one more question each. */
const capacity = 100_000;

/** Which Fireworks documents are. A Firework never gets another id or name. */
export class NamesByDocument {
  readonly #fireworks: Collection;
  readonly #known = new Map<string, NamedFirework>();

  constructor(fireworks: Collection) {
    this.#fireworks = fireworks;
  }

  /** In their order; null for those that are not there any more. What is known already is told with them. */
  async describe(
    documents: { id: ObjectId; firework: NamedFirework | null }[],
  ): Promise<(NamedFirework | null)[]> {
    if (this.#known.size > capacity) this.#known.clear();
    for (const { id, firework } of documents) if (firework) this.#known.set(String(id), firework);
    const unknown = documents.filter(({ id }) => !this.#known.has(String(id))).map(({ id }) => id);
    if (unknown.length > 0) await this.#look(unknown);
    return documents.map(({ id }) => this.#known.get(String(id)) ?? null);
  }

  async #look(ids: ObjectId[]): Promise<void> {
    const projection = { fw_id: 1, name: 1 };
    for await (const found of this.#fireworks.find({ _id: { $in: ids } }, { projection })) {
      const firework = { fwId: fwId(integerOf(found.fw_id)), name: String(found.name ?? '') };
      this.#known.set(String(found._id), firework);
    }
  }
}
