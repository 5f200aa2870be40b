import type { Decision } from '../change.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import { Draft } from './draft.ts';
import { refresh } from './refresh.ts';
import { skip, type UserOutcome } from './user-outcome.ts';

/** WAITING, READY and RESERVED ones become PAUSED (format §3.3). @throws SkyrocketError NOT_FOUND */
export function pause(neighbourhood: Neighbourhood, request: { fwIds: FwId[] }): Decision<UserOutcome> {
  const draft = new Draft(neighbourhood);
  const outcome: UserOutcome = { changed: [], skipped: [] };
  for (const firework of draft.named(request.fwIds)) {
    const { state, fwId } = firework;
    if (state === 'WAITING' || state === 'READY' || state === 'RESERVED') {
      draft.move(firework, 'PAUSED');
      outcome.changed.push(fwId);
    } else if (state === 'PAUSED') {
      skip(outcome, firework, 'it is PAUSED already');
    } else {
      skip(outcome, firework, `it is ${state}; only WAITING, READY and RESERVED Fireworks can be paused`);
    }
  }
  return draft.decide(outcome);
}

/** PAUSED ones become what their parents and Launches say (format §3.3). @throws SkyrocketError NOT_FOUND */
export function resume(neighbourhood: Neighbourhood, request: { fwIds: FwId[] }): Decision<UserOutcome> {
  const draft = new Draft(neighbourhood);
  const outcome: UserOutcome = { changed: [], skipped: [] };
  for (const firework of draft.named(request.fwIds)) {
    if (firework.state === 'PAUSED') {
      draft.move(firework, 'WAITING');
      refresh(draft, [firework]);
      outcome.changed.push(firework.fwId);
    } else {
      skip(outcome, firework, `it is ${firework.state}, not PAUSED`);
    }
  }
  return draft.decide(outcome);
}
