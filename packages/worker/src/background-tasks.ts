import { SkyrocketError } from '@skyrocket/model/errors';
import { Float, isTruthy, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';

/**
 * Background tasks run beside the Firetasks of a Firework, again and again: format §12.3. What they return is ignored,
 * and their failures are told but fizzle nothing.
 */
export interface BackgroundTasks {
  /**
   * Ends what runs and waits, and after success runs once more what asks for it. Resolves when all of that is through;
   * may be repeated.
   */
  stop(outcome: 'completed' | 'fizzled'): Promise<void>;
}

export interface BackgroundTaskContext {
  /** Runs one task mapping on the stored spec (no `_fw_env`), and ends it soon when the signal is aborted. */
  runTask(task: UserMap, signal: AbortSignal): Promise<unknown>;
  /** Told of failures. */
  warn(sentence: string): void;
  /** Aborted when the Launch has to end: then nothing is run once more. */
  signal: AbortSignal;
}

/** @throws SkyrocketError TASK_FAILED when `_background_tasks` is not what it should be; nothing has been started then */
export function startBackgroundTasks(spec: UserMap, context: BackgroundTaskContext): BackgroundTasks {
  const listed = readBackgroundTasks(spec);
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, context.signal]);
  const loops = listed.map((background) => repeat(background, { ...context, signal }));
  const end = async (outcome: 'completed' | 'fizzled') => {
    ending.abort();
    await Promise.all(loops);
    if (outcome === 'fizzled' || context.signal.aborted) return;
    const last = listed.filter((background) => background.runOnFinish);
    await Promise.all(last.map((background) => runOnce(background, context)));
  };
  let ended: Promise<void> | null = null;
  return {
    stop(outcome) {
      ended ??= end(outcome);
      return ended;
    },
  };
}

interface BackgroundTask {
  /** Where it stands in the spec. */
  place: string;
  tasks: UserMap[];
  launches: number;
  sleepMilliseconds: number;
  runOnFinish: boolean;
}

function readBackgroundTasks(spec: UserMap): BackgroundTask[] {
  const listed = spec.get('_background_tasks');
  if (listed === undefined || !isTruthy(listed)) return [];
  const backgrounds = Array.isArray(listed) ? listed : [listed];
  return backgrounds.map((background, i) => readBackgroundTask(background, `_background_tasks[${i}]`));
}

function readBackgroundTask(background: UserValue, place: string): BackgroundTask {
  if (!isUserMap(background)) throw badBackgroundTask(place, 'must be a mapping with the key "tasks"');
  const tasks = background.get('tasks');
  if (tasks === undefined) throw badBackgroundTask(place, 'the key "tasks" is missing');
  const listed = Array.isArray(tasks) ? tasks : [tasks];
  if (!listed.every(isUserMap)) throw badBackgroundTask(place, '"tasks" must be a list of task mappings');
  const launches = readNumber(background, 'num_launches', place) ?? 0;
  return {
    place,
    tasks: listed,
    launches: launches > 0 ? launches : Number.POSITIVE_INFINITY,
    sleepMilliseconds: Math.max(0, readNumber(background, 'sleep_time', place) ?? 60) * 1000,
    runOnFinish: isTruthy(background.get('run_on_finish')),
  };
}

function readNumber(background: UserMap, key: string, place: string): number | undefined {
  const value = background.get(key) ?? undefined;
  if (value === undefined || typeof value === 'number') return value;
  if (value instanceof Float) return value.value;
  throw badBackgroundTask(place, `"${key}" must be a number`);
}

function badBackgroundTask(place: string, sentence: string): SkyrocketError {
  return new SkyrocketError('TASK_FAILED', `${place}: ${sentence}`);
}

async function repeat(background: BackgroundTask, context: BackgroundTaskContext): Promise<void> {
  let lastFailure = '';
  const once: BackgroundTaskContext = {
    ...context,
    // A task that fails every second has said all with its first sentence.
    warn(sentence) {
      if (sentence !== lastFailure) context.warn(sentence);
      lastFailure = sentence;
    },
  };
  for (let launched = 0; launched < background.launches && !context.signal.aborted; launched++) {
    await runOnce(background, once);
    if (launched + 1 < background.launches) await pause(background.sleepMilliseconds, context.signal);
  }
}

/** Its tasks in order, up to the first that fails. */
async function runOnce(background: BackgroundTask, context: BackgroundTaskContext): Promise<void> {
  for (const task of background.tasks) {
    if (context.signal.aborted) return;
    try {
      await context.runTask(task, context.signal);
    } catch (error) {
      if (context.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      context.warn(`background task ${background.place} failed: ${reason}`);
      return;
    }
  }
}

/** setTimeout fires at once for longer ones. */
const longestTimeoutMilliseconds = 2 ** 31 - 1;

/** Ends at once when the signal is aborted. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(milliseconds, longestTimeoutMilliseconds));
    signal.addEventListener('abort', end);
  });
}
