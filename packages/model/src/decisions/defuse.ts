import type { Decision } from '../change.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import { Draft } from './draft.ts';
import { refresh } from './refresh.ts';
import { runAgainWithSharers } from './rerun.ts';
import { skip, type UserOutcome } from './user-outcome.ts';

/**
 * Fireworks become DEFUSED (format §3.3). RESERVED, RUNNING and COMPLETED ones are rerun first, with their descendants and
 * the duplicates that share their Launches. @throws SkyrocketError NOT_FOUND
 */
export function defuse(neighbourhood: Neighbourhood, request: { fwIds: FwId[] }): Decision<UserOutcome> {
  const draft = new Draft(neighbourhood);
  const outcome: UserOutcome = { changed: [], skipped: [] };
  for (const firework of draft.named(request.fwIds)) {
    const { state, fwId } = firework;
    if (state === 'DEFUSED' || state === 'ARCHIVED') {
      skip(outcome, firework, `it is ${state} already`);
      continue;
    }
    if (state === 'RESERVED' || state === 'RUNNING' || state === 'COMPLETED') {
      runAgainWithSharers(draft, firework);
    }
    draft.move(firework, 'DEFUSED');
    outcome.changed.push(fwId);
  }
  return draft.decide(outcome);
}

/** DEFUSED ones become what their parents and Launches say (format §3.3). @throws SkyrocketError NOT_FOUND */
export function reignite(neighbourhood: Neighbourhood, request: { fwIds: FwId[] }): Decision<UserOutcome> {
  const draft = new Draft(neighbourhood);
  const outcome: UserOutcome = { changed: [], skipped: [] };
  for (const firework of draft.named(request.fwIds)) {
    if (firework.state === 'DEFUSED') {
      draft.move(firework, 'WAITING');
      refresh(draft, [firework]);
      outcome.changed.push(firework.fwId);
    } else {
      skip(outcome, firework, `it is ${firework.state}, not DEFUSED`);
    }
  }
  return draft.decide(outcome);
}
