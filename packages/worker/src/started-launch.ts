import type { StartToken } from '@skyrocket/contract/agents';
import type { LaunchId } from '@skyrocket/model/ids';
import type { Checkpoint, FireworkRecord, LaunchRecord } from '@skyrocket/model/records';
import type { Kinds } from './batching.ts';
import type { StopSignal } from './stop.ts';

/** A Launch that the launchpad has started for this worker: it is RUNNING, and nobody else may run it. */
export interface StartedLaunch extends Started {
  /** Whether FW.json and FW.yaml are written. */
  filesWritten: boolean;
  /** They are being written, together with those of others; null when they are not. */
  filesUnderWay: Promise<void> | null;
  /** Of the task that runs; null before the first. */
  checkpoint: Checkpoint | null;
  /** Set when it has to end before its tasks do. */
  readonly ending: LaunchEnding | null;
  /** Aborted with the name of a signal when it has to end. Made when it is asked for: short tasks need none. */
  readonly signal: AbortSignal;
  end(ending: LaunchEnding): void;
}

/** What is known of a Launch when it is started. */
export interface Started {
  launchId: LaunchId;
  token: StartToken;
  /** The uuid of the launchpad that started it. */
  launchpad: string;
  /** As of the start. */
  firework: FireworkRecord;
  /** What it is like: how long it takes is learnt by these. */
  kinds: Kinds;
  /** Active Launches of the Firework as of the start, this one last. */
  launches: LaunchRecord[];
  launchDir: string;
  /** Whether the directory was made for this Launch, so that nothing of an earlier run is in it. */
  directory: 'new' | 'used';
  /** Why it cannot be run as it asks to be; null when it can. */
  obstacle: string | null;
}

/** What ends a task early. Its signal is asked for only by those that use it. */
export type Interruption = Pick<StartedLaunch, 'signal'>;

/** Why a Launch has to end before its tasks do. */
export type LaunchEnding =
  | { kind: 'interrupted'; signal: StopSignal; because: string | null }
  /** The user has rerun, defused or deleted its Firework meanwhile. */
  | { kind: 'taken away'; reason: string };

export const startedLaunch = (started: Started): StartedLaunch => new OpenLaunch(started);

/** A class, since there are thousands a second: an object with accessors of its own takes as long as a short task. */
class OpenLaunch implements StartedLaunch {
  readonly launchId: LaunchId;
  readonly token: StartToken;
  readonly launchpad: string;
  readonly firework: FireworkRecord;
  readonly kinds: Kinds;
  readonly launches: LaunchRecord[];
  readonly launchDir: string;
  readonly directory: StartedLaunch['directory'];
  readonly obstacle: string | null;
  filesWritten = false;
  filesUnderWay: Promise<void> | null = null;
  checkpoint: Checkpoint | null = null;
  #ending: LaunchEnding | null = null;
  #controller: AbortController | null = null;

  constructor(started: Started) {
    this.launchId = started.launchId;
    this.token = started.token;
    this.launchpad = started.launchpad;
    this.firework = started.firework;
    this.kinds = started.kinds;
    this.launches = started.launches;
    this.launchDir = started.launchDir;
    this.directory = started.directory;
    this.obstacle = started.obstacle;
  }

  get ending() {
    return this.#ending;
  }

  get signal() {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#ending) this.#controller.abort(signalOf(this.#ending));
    }
    return this.#controller.signal;
  }

  end(ending: LaunchEnding) {
    if (this.#ending) return;
    this.#ending = ending;
    this.#controller?.abort(signalOf(ending));
  }
}

const signalOf = (ending: LaunchEnding) => (ending.kind === 'interrupted' ? ending.signal : 'SIGTERM');

/** A few words for logs: `Launch 7 of Firework 3 "relax"`. */
export function describeLaunch({ launchId, firework }: Pick<StartedLaunch, 'launchId' | 'firework'>): string {
  return `Launch ${launchId} of Firework ${firework.fwId} ${JSON.stringify(firework.name)}`;
}
