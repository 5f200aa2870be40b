import { setTimeout as pause } from 'node:timers/promises';
import type { StateChanges } from '@skyrocket/contract/state-changes';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { type Looking, startLooking, type Watching } from './state-looking.ts';

/** A launchpad that does not answer is asked again after so long. */
const pauseMilliseconds = 1000;

/**
 * Hears what the launchpad tells of itself; goes on after the last that it heard when it was interrupted. Where the launchpad
 * turns out not to tell (its user may not listen), it looks.
 */
export function startListening(changes: StateChanges, options: Looking): Watching {
  const ending = new AbortController();
  const { signal } = ending;
  const { tell, failed } = options;
  let looking: Watching | null = null;
  let position: string | null = null;

  async function hear(): Promise<void> {
    if (position === null) {
      position = await changes.now();
      tell(['look']);
    }
    for await (const batch of changes.follow(position, signal)) {
      position = batch.position;
      if (batch.changes.length > 0) tell(batch.changes);
    }
  }

  async function recover(error: unknown): Promise<void> {
    failed(error);
    await pause(pauseMilliseconds, undefined, { ref: false });
    const code = isSkyrocketError(error) ? error.code : 'STORE_UNAVAILABLE';
    if (code === 'NOT_FOUND') position = null;
    else if (code !== 'STORE_UNAVAILABLE' && !signal.aborted) {
      looking = startLooking(options);
      tell(['look']);
    }
  }

  async function listen(): Promise<void> {
    while (!signal.aborted && looking === null) await hear().catch(recover);
  }

  const begun = changes.now().then(
    (now) => {
      position = now;
      void listen();
    },
    (error: unknown) => {
      failed(error);
      void listen();
    },
  );
  return {
    begun,
    soon: () => looking?.soon(),
    stop() {
      ending.abort();
      looking?.stop();
    },
  };
}
