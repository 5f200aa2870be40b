import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { NewWorkflow } from '@skyrocket/model/records';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { UserMap } from '@skyrocket/model/user-data';
import type { Keyed, OnFireworks } from './keyed.ts';
import type { DeletedWorkflows, IdMap } from './workflows.ts';

/** What those who look after a launchpad ask of it: format §13. */
export interface Maintenance {
  /** How many entries of each state belong to each period of UTC. Periods without an entry are left out. */
  countByPeriod(request: CountByPeriod): Promise<{ counts: PeriodCount[] }>;

  /** Runs that nobody speaks for any more, and what was left inconsistent. Nothing is changed. */
  findLostRuns(request: FindLostRuns): Promise<LostRuns>;
  /** Makes Launches FIZZLED that are lost still, by the same terms; the others are passed over. */
  declareLost(request: DeclareLost): Promise<{ lost: { launchId: LaunchId; fwId: FwId; reran: boolean }[] }>;

  /**
   * Adds to lost Launches why their jobs ended, and reruns their Fireworks where that is asked for. Launches that are not
   * lost, not active any more, or explained already are passed over.
   */
  explainLost(request: ExplainLost): Promise<{ explained: ExplainedLaunch[] }>;

  /** Fireworks that no Workflow has. */
  findOrphans(): Promise<{ fwIds: FwId[] }>;
  /** Deletes those of these Fireworks that no Workflow has, with their Launches. */
  deleteOrphans(request: OnFireworks): Promise<DeletedWorkflows>;
  /** Takes the locks of other programs off the Workflows that hold these Fireworks; tells which were locked. */
  unlock(request: OnFireworks): Promise<{ unlocked: FwId[] }>;
  /** Makes the indexes that are missing. `full`: also gives unused space back, for which others may have to wait. */
  tuneUp(request: Keyed & { extent: 'indexes' | 'full' }): Promise<{ done: string[] }>;
  /** Looks for what is wrong with the launchpad itself. */
  inspect(): Promise<Inspection>;

  /**
   * Stores Workflows of another launchpad with their states and Launches, each once: one that was imported from there
   * before stays as it is. Safe to repeat after a crash. Ids are kept where the launchpad was empty when the first
   * Workflow of that source came; a Launch that Fireworks share becomes one of each where they are not kept.
   */
  importWorkflows(request: ImportWorkflows): Promise<{ results: Imported[] }>;
}

/** The collection's moment: `updated_on` of Fireworks and Workflows, the end of Launches. */
export interface CountByPeriod {
  collection: 'fws' | 'wflows' | 'launches';
  period: Period;
  since: Timestamp;
  filter?: UserMap;
}

export type Period = 'minutes' | 'hours' | 'days' | 'months' | 'years';

/** `period` as it begins a moment: `2026-11-25T10`. */
export interface PeriodCount {
  period: string;
  state: string;
  count: number;
}

/** How many characters of a moment name its period. */
export const periodLength: Readonly<Record<Period, number>> = {
  years: 4,
  months: 7,
  days: 10,
  hours: 13,
  minutes: 16,
};

export interface FindLostRuns {
  /** A RUNNING Launch is lost when it was not heard of for longer, and no living agent of ours holds it. */
  silentSeconds: number;
}

export interface LostRuns {
  launches: LostLaunchFound[];
  /** RUNNING though a Launch of theirs has ended; a refresh mends them. */
  inconsistent: FwId[];
}

export interface LostLaunchFound {
  launchId: LaunchId;
  fwId: FwId;
  startedOn: Timestamp;
  heardOn: Timestamp;
}

export interface DeclareLost extends Keyed, FindLostRuns {
  launchIds: LaunchId[];
  afterwards: 'stop' | 'rerun';
}

export interface ExplainLost extends Keyed {
  ends: {
    launchId: LaunchId;
    /** One word, as `TIMEOUT` or `NODE_FAIL`. */
    cause: string;
    /** The batch system's own words. */
    words: string;
    afterwards: 'stop' | 'rerun';
  }[];
}

export interface ExplainedLaunch {
  launchId: LaunchId;
  fwId: FwId;
  cause: string;
  reran: boolean;
}

export interface Inspection {
  facts: { name: string; value: string }[];
  /** Two sentences without their ends: what is wrong and where; what to do. */
  findings: { problem: string; remedy: string }[];
}

export interface ImportWorkflows {
  /** The uuid of the launchpad from which they come, and ids that are above all of its Fireworks and Launches. */
  source: { launchpad: string; nextFwId: number; nextLaunchId: number };
  workflows: NewWorkflow[];
}

/** `known`: imported before, or there already; its `idMap` is empty. */
export interface Imported {
  outcome: 'kept' | 'mapped' | 'known';
  idMap: IdMap;
}
