import { createHash } from 'node:crypto';
import type { LaunchId } from '@skyrocket/model/ids';
import type { FWorker } from '@skyrocket/model/records';

/**
 * Tags, by which jobs are found again in the batch system. They name the launchpad, since one user may work for several, and
 *  - in reservation mode the Launch: `L12-1a2b3c4d`. There is at most one such job, and it is known before it is submitted;
 *  - in plain mode the worker: `P-1a2b3c4d-5e6f70-x`. What these jobs will run is anybody's guess: they are only counted.
 *  - of a chain, the chain: `C-1a2b3c4d-5e6f70-x`. Its slots say which of these jobs are theirs.
 */
export const reservationTag = (launchpad: string, launchId: LaunchId) =>
  `L${launchId}-${short(launchpad, 8)}`;

export const plainPrefix = (launchpad: string, fworker: FWorker) =>
  `P-${short(launchpad, 8)}-${short(fworker.name, 6)}-`;

export const chainPrefix = (launchpad: string, name: string) => `C-${short(launchpad, 8)}-${short(name, 6)}-`;

/** That with which the tag of a chain's job begins. */
export const prefixOf = (tag: string) => `${tag.split('-').slice(0, 3).join('-')}-`;

function short(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
