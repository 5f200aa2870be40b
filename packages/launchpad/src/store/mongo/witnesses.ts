/** How many are remembered for each; when all of them are done, everything is read again. */
const witnessesEach = 24;

/** For how many joins or Workflows witnesses are remembered. */
const capacity = 10_000;

/**
 * Remembers a few Fireworks that were not done when all of them were looked at: parents of a join, or leaves of a
 * Workflow. As long as one of them is still not done, the join waits and the Workflow is not COMPLETED, and nobody has
 * to look at the thousands of others. Links are never taken away, so a witness stays one until it is done.
 */
export class Witnesses {
  readonly #known = new Map<string, number[]>();

  of(subject: string): readonly number[] {
    return this.#known.get(subject) ?? [];
  }

  /** Keeps some of those that are not done, evenly from among them: neighbours are often done together. */
  remember(subject: string, open: readonly number[]): void {
    if (this.#known.size >= capacity) this.#known.clear();
    const step = Math.max(1, open.length / witnessesEach);
    const chosen: number[] = [];
    for (let at = open.length - 1; at >= 0 && chosen.length < witnessesEach; at -= step) {
      const witness = open[Math.floor(at)];
      if (witness !== undefined) chosen.push(witness);
    }
    this.#known.set(subject, chosen);
  }

  forget(): void {
    this.#known.clear();
  }
}

export const leavesOf = (workflow: string): string => `leaves of ${workflow}`;
export const parentsOf = (join: number): string => `parents of ${join}`;
