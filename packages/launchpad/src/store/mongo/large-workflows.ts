import { epochMilliseconds, type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import { smallWorkflow } from './workflow-structure.ts';

/**
 * Whenever an indexed member of a document changes, MongoDB makes the keys of all its indexes anew, and in the one on
 * `nodes` a Workflow has as many as Fireworks. So of a large Workflow that goes on in its state `updated_on` is written at
 * most once a second: without that a write costs a fifth.
 */
const recentMilliseconds = 1_000;

/** Of how many Fireworks it is, as far as that is known. */
export const isLarge = (size: number | undefined): boolean => size !== undefined && size > smallWorkflow;

/** An `updated_on` from then on need not be brought to `now`. */
export const recentBefore = (now: Timestamp): Timestamp =>
  timestamp(epochMilliseconds(now) - recentMilliseconds);
