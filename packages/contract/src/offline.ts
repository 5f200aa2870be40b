import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { Checkpoint, TrackerRecord } from '@skyrocket/model/records';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { OnFireworks } from './keyed.ts';
import type { LaunchReport, ReportResult } from './running.ts';

/** Launches that run without a launchpad, each in a directory that is read later (format §9). They have no lease. */
export interface Offline {
  /** Notes that RESERVED Launches of nobody are to be run offline. Noting it twice is harmless. */
  registerOffline(request: { launchIds: LaunchId[] }): Promise<void>;
  /** Those that were registered, and have neither ended nor been forgotten. */
  findOffline(): Promise<{ runs: OfflineRun[] }>;
  /** Applies what was found in the directories of offline Launches: that they run, and results, each exactly once. */
  tellOffline(request: { runs: OfflineNews[] }): Promise<{ results: ReportResult[] }>;
  /** Offline Launches of these Fireworks are not looked for any more; their states stay as they are. */
  forgetOffline(request: OnFireworks): Promise<{ forgotten: FwId[] }>;
}

/** A Launch that runs offline, or is to be. */
export interface OfflineRun {
  launchId: LaunchId;
  fwId: FwId;
  name: string;
  launchDir: string;
  /** The name of the FWorker that reserved it. */
  fworker: string;
}

/** What was found in the directory of an offline Launch. */
export interface OfflineNews {
  /** The uuid of the launchpad that reserved it; absent where FireWorks wrote the files. */
  launchpad?: string;
  launchId: LaunchId;
  fwId: FwId;
  startedOn: Timestamp;
  /** When it was last heard of. */
  pingedOn?: Timestamp;
  checkpoint?: Checkpoint;
  trackers?: TrackerRecord[];
  ended?: Pick<LaunchReport, 'state' | 'action' | 'endedOn'>;
}
