import { describe, expect, it } from '@jest/globals';
import { type BackgroundTaskContext, startBackgroundTasks } from '../src/background-tasks.ts';
import { userMap } from './tasks/task-trial.ts';

/** Keeps account of which tasks run, each named by `n`. */
function ledger(onRun: (n: unknown, signal: AbortSignal) => Promise<unknown> = async () => null) {
  const ran: unknown[] = [];
  const warnings: string[] = [];
  const interruption = new AbortController();
  const waiting = new Set<() => void>();
  const context: BackgroundTaskContext = {
    signal: interruption.signal,
    warn: (sentence) => warnings.push(sentence),
    async runTask(task, signal) {
      const n = task.get('n');
      ran.push(n);
      for (const look of waiting) look();
      return onRun(n, signal);
    },
  };
  /** Resolves when so many tasks have begun. */
  const begun = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (ran.length >= count) resolve();
      };
      waiting.add(look);
      look();
    });
  return { ran, warnings, context, interruption, begun };
}

const spec = (...backgrounds: object[]) => userMap({ _background_tasks: backgrounds });
const task = (n: number) => ({ _fw_name: 'ScriptTask', n });

describe('background tasks', () => {
  it('run in order, as often as num_launches says', async () => {
    const { ran, context, begun } = ledger();
    const background = { tasks: [task(1), task(2)], num_launches: 3, sleep_time: 0, run_on_finish: false };
    const running = startBackgroundTasks(spec(background), context);
    await begun(6);
    await running.stop('completed');
    expect(ran).toEqual([1, 2, 1, 2, 1, 2]);
  });

  it('run for ever when num_launches is 0, until they are stopped', async () => {
    const { ran, context, begun } = ledger();
    const background = { tasks: [task(1)], num_launches: 0, sleep_time: 0, run_on_finish: false };
    const running = startBackgroundTasks(spec(background), context);
    await begun(20);
    await running.stop('completed');
    const count = ran.length;
    await new Promise((turn) => setImmediate(turn));
    expect(ran.length).toBe(count);
  });

  it('run beside each other', async () => {
    const { ran, context, begun } = ledger(() => new Promise(() => {}));
    const background = (n: number) => ({
      tasks: [task(n)],
      num_launches: 1,
      sleep_time: 0,
      run_on_finish: false,
    });
    startBackgroundTasks(spec(background(1), background(2)), context);
    await begun(2);
    expect(ran).toEqual([1, 2]);
  });

  it('do not hold up the stop by the time that they sleep', async () => {
    const { context, begun } = ledger();
    const background = { tasks: [task(1)], num_launches: 0, sleep_time: 10_000, run_on_finish: false };
    const running = startBackgroundTasks(spec(background), context);
    await begun(1);
    await running.stop('completed');
  });

  it('are interrupted by the stop', async () => {
    const { warnings, context, begun } = ledger(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('interrupted')));
        }),
    );
    const background = { tasks: [task(1), task(2)], num_launches: 0, sleep_time: 0, run_on_finish: false };
    const running = startBackgroundTasks(spec(background), context);
    await begun(1);
    await running.stop('fizzled');
    expect(warnings).toEqual([]);
  });

  it('run once more after success when run_on_finish asks for it', async () => {
    const { ran, context, begun } = ledger();
    const background = { tasks: [task(1), task(2)], num_launches: 1, sleep_time: 0, run_on_finish: true };
    const running = startBackgroundTasks(spec(background), context);
    await begun(2);
    await Promise.all([running.stop('completed'), running.stop('completed')]);
    expect(ran).toEqual([1, 2, 1, 2]);
  });

  it('do not run once more after a failure or an interruption', async () => {
    const background = { tasks: [task(1)], num_launches: 1, sleep_time: 0, run_on_finish: true };
    const failed = ledger();
    const first = startBackgroundTasks(spec(background), failed.context);
    await failed.begun(1);
    await first.stop('fizzled');
    expect(failed.ran).toEqual([1]);
    const interrupted = ledger();
    const second = startBackgroundTasks(spec(background), interrupted.context);
    await interrupted.begun(1);
    interrupted.interruption.abort('SIGTERM');
    await second.stop('completed');
    expect(interrupted.ran).toEqual([1]);
  });

  it('tell of a failure once, and go on', async () => {
    const { ran, warnings, context, begun } = ledger(async () => {
      throw new Error('disk full');
    });
    const background = { tasks: [task(1), task(2)], num_launches: 3, sleep_time: 0, run_on_finish: false };
    const running = startBackgroundTasks(spec(background), context);
    await begun(3);
    await running.stop('completed');
    expect(ran).toEqual([1, 1, 1]);
    expect(warnings).toEqual(['background task _background_tasks[0] failed: disk full']);
  });

  it('need only their tasks to be given', async () => {
    const { ran, context, begun } = ledger();
    const running = startBackgroundTasks(spec({ tasks: task(1) }), context);
    await begun(1);
    await running.stop('completed');
    expect(ran).toEqual([1]);
  });
});

describe('background tasks that could never run', () => {
  it.each([
    [['x'], '_background_tasks[0]: must be a mapping with the key "tasks"'],
    [[{}], '_background_tasks[0]: the key "tasks" is missing'],
    [[{ tasks: ['x'] }], '_background_tasks[0]: "tasks" must be a list of task mappings'],
    [
      [{ tasks: [task(1)] }, { tasks: [], sleep_time: 'a' }],
      '_background_tasks[1]: "sleep_time" must be a number',
    ],
  ])('%j are refused before any of them has run', (backgrounds, sentence) => {
    const { ran, context } = ledger();
    const wrong = userMap({ _background_tasks: backgrounds });
    expect(() => startBackgroundTasks(wrong, context)).toThrow(sentence);
    expect(ran).toEqual([]);
  });
});

describe('a spec without background tasks', () => {
  it('has nothing to stop', async () => {
    const { ran, context } = ledger();
    for (const spec of [{}, { _background_tasks: {} }, { _background_tasks: '' }]) {
      await startBackgroundTasks(userMap({ ...spec, _tasks: [] }), context).stop('completed');
    }
    expect(ran).toEqual([]);
  });
});
