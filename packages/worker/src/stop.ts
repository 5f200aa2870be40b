/**
 * How a worker is told to end. Asked once it claims no more, passes the signal on to its tasks and reports what became of
 * them. Asked again by SIGINT it kills at once, and its journal is told by the next agent.
 */
export interface Stop {
  /** Aborted by the first request; the reason is the name of the signal. */
  readonly asked: AbortSignal;
  /** Aborted by SIGINT when a stop was asked before. */
  readonly atOnce: AbortSignal;
  /** Why a stop was asked, where it was not by a signal of that name: the end of a sentence. */
  readonly because: string | null;
}

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface StopRequests extends Stop {
  ask(signal: StopSignal, because?: string): void;
}

export function createStop(): StopRequests {
  const asked = new AbortController();
  const atOnce = new AbortController();
  let reason: string | null = null;
  return {
    asked: asked.signal,
    atOnce: atOnce.signal,
    get because() {
      return reason;
    },
    ask(signal, because) {
      // Batch systems send SIGTERM more than once; only a person insists.
      if (asked.signal.aborted && signal === 'SIGINT') atOnce.abort(signal);
      if (!asked.signal.aborted) reason = because ?? null;
      asked.abort(signal);
    },
  };
}

/** The signal that asked for the stop; null when none did. */
export function stopSignal(stop: Stop): StopSignal | null {
  const reason: unknown = stop.asked.reason;
  return reason === 'SIGINT' || reason === 'SIGTERM' || reason === 'SIGHUP' ? reason : null;
}

/** Killed tasks are over soon; what is not (a system call that hangs) is not waited for. */
const killedMilliseconds = 1000;

/** Resolves when a stop was asked for at once, and the tasks have had the time to be killed. */
export function whenKilled({ atOnce }: Stop): Promise<null> {
  return new Promise((resolve) => {
    atOnce.addEventListener('abort', () => setTimeout(() => resolve(null), killedMilliseconds), {
      once: true,
    });
  });
}

/** Asks for a stop when this process gets SIGINT, SIGTERM or SIGHUP. Returns what takes the handlers away again. */
export function stopOnSignals(stop: StopRequests): () => void {
  const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const handler = () => stop.ask(signal);
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => {
    for (const remove of handlers) remove();
  };
}
