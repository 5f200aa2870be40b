/**
 * Lets the calls of one process on the same Workflow wait for each other here, in the order in which they came, instead
 * of asking the database for its lock again and again.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Does some work when nobody before is at any of these Workflows. All of them are queued for at once: no deadlock. */
  async take<T>(workflows: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = workflows.flatMap((workflow) => this.#last.get(workflow) ?? []);
    let finish = () => {};
    const mine = new Promise<void>((resolve) => {
      finish = resolve;
    });
    for (const workflow of workflows) this.#last.set(workflow, mine);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      for (const workflow of workflows) {
        if (this.#last.get(workflow) === mine) this.#last.delete(workflow);
      }
      finish();
    }
  }
}
