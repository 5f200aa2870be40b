/** Task classes that this worker cannot import for now; Fireworks with one of them are passed over. */
export interface Unimportable {
  add(task: string): void;
  /** Those that are not to be tried yet. */
  names(): string[];
}

/** Somebody may install what is missing. */
const passedOverSeconds = 600;

/** `now`: seconds, from any moment on. */
export function createUnimportable(now: () => number = () => performance.now() / 1000): Unimportable {
  const until = new Map<string, number>();
  return {
    add: (task) => until.set(task, now() + passedOverSeconds),
    names() {
      for (const [task, end] of until) if (end <= now()) until.delete(task);
      return [...until.keys()];
    },
  };
}
