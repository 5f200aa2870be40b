import type { StartToken } from '@skyrocket/contract/agents';
import type { LaunchId } from '@skyrocket/model/ids';
import type { Checkpoint, FireworkRecord, LaunchRecord } from '@skyrocket/model/records';
import type { StopSignal } from './stop.ts';

/** A Launch that the launchpad has started for this worker: it is RUNNING, and nobody else may run it. */
export interface StartedLaunch {
  launchId: LaunchId;
  token: StartToken;
  /** The uuid of the launchpad that started it. */
  launchpad: string;
  /** As of the start. */
  firework: FireworkRecord;
  /** Active Launches of the Firework as of the start, this one last. */
  launches: LaunchRecord[];
  launchDir: string;
  /** Whether the directory was made for this Launch, so that nothing of an earlier run is in it. */
  directory: 'new' | 'used';
  /** Whether FW.json and FW.yaml are written. */
  filesWritten: boolean;
  /** Why it cannot be run as it asks to be; null when it can. */
  obstacle: string | null;
  /** Of the task that runs; null before the first. */
  checkpoint: Checkpoint | null;
  /** Set when it has to end before its tasks do. */
  ending: LaunchEnding | null;
  /** Aborted with the name of a signal when it has to end. Made when it is asked for: short tasks need none. */
  readonly signal: AbortSignal;
  end(ending: LaunchEnding): void;
}

/** What ends a task early. Its signal is asked for only by those that use it. */
export type Interruption = Pick<StartedLaunch, 'signal'>;

/** Why a Launch has to end before its tasks do. */
export type LaunchEnding =
  | { kind: 'interrupted'; signal: StopSignal; because: string | null }
  /** The user has rerun, defused or deleted its Firework meanwhile. */
  | { kind: 'taken away'; reason: string };

export function startedLaunch(
  started: Omit<StartedLaunch, 'filesWritten' | 'checkpoint' | 'ending' | 'signal' | 'end'>,
): StartedLaunch {
  let controller: AbortController | null = null;
  const launch: StartedLaunch = {
    ...started,
    filesWritten: false,
    checkpoint: null,
    ending: null,
    get signal() {
      if (!controller) {
        controller = new AbortController();
        if (launch.ending) controller.abort(signalOf(launch.ending));
      }
      return controller.signal;
    },
    end(ending) {
      if (launch.ending) return;
      launch.ending = ending;
      controller?.abort(signalOf(ending));
    },
  };
  return launch;
}

const signalOf = (ending: LaunchEnding) => (ending.kind === 'interrupted' ? ending.signal : 'SIGTERM');

/** A few words for logs: `Launch 7 of Firework 3 "relax"`. */
export function describeLaunch({ launchId, firework }: Pick<StartedLaunch, 'launchId' | 'firework'>): string {
  return `Launch ${launchId} of Firework ${firework.fwId} ${JSON.stringify(firework.name)}`;
}
