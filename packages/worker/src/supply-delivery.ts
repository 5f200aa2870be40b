import { isSupplied } from './batching.ts';
import type { SlotShares } from './slot-shares.ts';
import type { StartedLaunch } from './started-launch.ts';
import { anyKind, type SupplyState, startOutlook } from './supply-step.ts';

// Started Launches and slots come together here; slot-shares.ts says which Launch is for which slot of an allocation.

type Waiter = SupplyState['idle'][number];

/** A slot waits for a Launch. */
export function offer(state: SupplyState, waiter: Waiter): void {
  if (state.isOver) {
    waiter.take(null);
    return;
  }
  state.idle.push(waiter);
  deliver(state);
  if (state.idle.includes(waiter)) wake(state);
}

/** Gives started Launches to the slots that wait. */
export function deliver(state: SupplyState): void {
  if (state.isOver) return;
  state.idle = state.idle.filter((waiter) => !serve(state, waiter));
  if (state.shares) settle(state, state.shares);
}

function serve(state: SupplyState, { slot, take }: Waiter): boolean {
  const { shares, started } = state;
  const kind = shares ? shares.kindFor(slot, waitingIn(state)) : anyKind;
  const next = kind === null ? null : started.take(kind);
  if (kind === null || !next) return false;
  const { launch, seconds } = next;
  const environment = shares?.begin(slot, launch.firework) ?? {};
  state.lastChange = performance.now();
  state.running.set(launch, { slot, kind, environment, seconds, begun: state.lastChange });
  take(launch);
  return true;
}

const waitingIn = ({ started, starting }: SupplyState) => ({
  count: (kind: string) => started.of(kind).count,
  isStarting: (kind: string) => starting.kinds.has(kind),
});

/** Shares that nobody needs any more make room, for those that did not fit too. */
function settle(state: SupplyState, shares: SlotShares): void {
  if (!shares.settle(waitingIn(state))) return;
  state.passedOverForNow.clear();
  state.drySpell.end();
  wake(state);
}

/** A Launch that a slot had is over, or was given back without having run. */
export function leave(state: SupplyState, launch: StartedLaunch, how: 'ran' | 'given back'): void {
  const { running, shares } = state;
  const ran = running.get(launch);
  if (!ran) return;
  running.delete(launch);
  const now = performance.now();
  if (how === 'ran') state.lastChange = now;
  if (shares) {
    if (how === 'ran' && !launch.ending) shares.room.observe(launch.firework, (now - ran.begun) / 1000);
    shares.end(ran.slot);
    settle(state, shares);
  }
  // Asked after each Launch, so it must cost next to nothing while enough is started.
  if (!isSupplied(startOutlook(state, ran.kind))) wake(state);
}

/** The supply looks what is to be done. */
export function wake(state: SupplyState): void {
  state.wake?.();
  state.wake = null;
}
