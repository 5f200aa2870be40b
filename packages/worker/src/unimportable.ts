import type { FwId } from '@skyrocket/model/ids';

/** What this worker cannot import for now, and other Fireworks that it cannot run; they are passed over. */
export interface Unimportable {
  /** A task class: all Fireworks with it. */
  add(task: string): void;
  /** What only these Fireworks name. */
  addFireworks(fwIds: readonly FwId[]): void;
  /** Task classes that are not to be tried yet. */
  names(): string[];
  fireworks(): FwId[];
}

/** Somebody may install what is missing. */
const passedOverSeconds = 600;

/** A claim names no more. */
const fireworksAtMost = 10_000;

/** `now`: seconds, from any moment on. */
export function createUnimportable(now: () => number = () => performance.now() / 1000): Unimportable {
  const tasks = new Map<string, number>();
  const fireworks = new Map<FwId, number>();
  const until = () => now() + passedOverSeconds;
  return {
    add: (task) => tasks.set(task, until()),
    addFireworks(fwIds) {
      for (const fwId of fwIds) fireworks.set(fwId, until());
      for (const oldest of fireworks.keys()) if (fireworks.size > fireworksAtMost) fireworks.delete(oldest);
    },
    names: () => current(tasks, now()),
    fireworks: () => current(fireworks, now()),
  };
}

function current<Key>(until: Map<Key, number>, now: number): Key[] {
  for (const [key, end] of until) if (end <= now) until.delete(key);
  return [...until.keys()];
}
