import type { Decision } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { Checkpoint, TrackerRecord } from '../records.ts';
import type { LaunchState } from '../states.ts';
import type { Timestamp } from '../timestamp.ts';
import { Draft } from './draft.ts';

/** A Launch that was found to run, or to have run, without a launchpad. */
export interface OfflineLaunch {
  launchId: LaunchId;
  /** The Firework that made the Launch. */
  fwId: FwId;
  /** The state that the Launch has in the store. */
  recorded: LaunchState;
  startedOn: Timestamp;
  pingedOn: Timestamp;
  checkpoint?: Checkpoint;
  trackers?: TrackerRecord[];
}

/** RESERVED Launches become RUNNING since when they were started; RUNNING ones get what is new; others are passed over. */
export function startOffline(
  neighbourhood: Neighbourhood,
  request: { launches: OfflineLaunch[] },
): Decision<{ running: LaunchId[] }> {
  const draft = new Draft(neighbourhood);
  const running: LaunchId[] = [];
  for (const launch of request.launches) {
    const { launchId, recorded, startedOn, pingedOn, checkpoint, trackers } = launch;
    const maker = draft.firework(launch.fwId);
    if (!maker?.launches.includes(launchId) || draft.launchChange(launchId)) continue;
    const news = { updatedOn: pingedOn, ...(checkpoint && { checkpoint }) };
    const seen = trackers ? { trackers } : {};
    if (recorded === 'RUNNING') draft.changeLaunch(launchId, { ping: news, ...seen });
    else if (recorded === 'RESERVED') {
      const entry = { state: 'RUNNING', createdOn: startedOn, ...news } as const;
      draft.changeLaunch(launchId, { state: 'RUNNING', entry, ...seen });
    } else continue;
    for (const holder of draft.holdersOf(launchId, maker)) {
      if (startedWith.has(holder.state)) draft.move(holder, 'RUNNING');
    }
    running.push(launchId);
  }
  return draft.decide({ running });
}

/** States in which a Firework that holds a Launch becomes RUNNING when that is started: format §6. */
const startedWith: ReadonlySet<string> = new Set(['WAITING', 'READY', 'RESERVED', 'FIZZLED']);
