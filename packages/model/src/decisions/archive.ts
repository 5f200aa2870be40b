import type { Decision } from '../change.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import { Draft } from './draft.ts';
import { skip, type UserOutcome } from './user-outcome.ts';

/**
 * Archives whole Workflows, each named by any of its Fireworks, with all Launches (format §3.3): `changed` and `skipped`
 * speak of the Fireworks that were named. @throws SkyrocketError NOT_FOUND
 */
export function archive(neighbourhood: Neighbourhood, request: { fwIds: FwId[] }): Decision<UserOutcome> {
  const draft = new Draft(neighbourhood);
  const outcome: UserOutcome = { changed: [], skipped: [] };
  const archived = new Set<string>();
  for (const firework of draft.named(request.fwIds)) {
    const members = draft.workflowOf(firework);
    if (archived.has(firework.workflow)) {
      outcome.changed.push(firework.fwId);
    } else if (members.every(({ state }) => state === 'ARCHIVED')) {
      skip(outcome, firework, 'its Workflow is ARCHIVED already');
    } else {
      for (const member of members) {
        member.archiveLaunches();
        draft.move(member, 'ARCHIVED');
      }
      archived.add(firework.workflow);
      outcome.changed.push(firework.fwId);
    }
  }
  return draft.decide(outcome);
}
