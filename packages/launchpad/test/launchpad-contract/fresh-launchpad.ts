import { afterEach, beforeEach } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { LeaseTerms } from '@skyrocket/launchpad/lease-terms';

/** Opens a launchpad that holds nothing, with these terms for leases. */
export type OpenLaunchPad = (terms: LeaseTerms) => Promise<LaunchPad>;

/** Gives the launchpad of the test that runs. */
export type CurrentLaunchPad = () => LaunchPad;

/** Leases that end only after the test. */
export const longLeases: LeaseTerms = {
  leaseSeconds: 600,
  heartbeatSeconds: 200,
  watchGapSeconds: 600,
  upkeepSeconds: 600,
  memorySeconds: 600,
  runExpirationSeconds: 600,
  reservationExpirationSeconds: 600,
};

/** An empty launchpad for each test of the `describe` that calls this; it is closed after the test. */
export function freshLaunchPad(open: OpenLaunchPad, terms: LeaseTerms = longLeases): CurrentLaunchPad {
  let launchpad: LaunchPad | null = null;
  beforeEach(async () => {
    launchpad = await open(terms);
  });
  afterEach(async () => {
    await launchpad?.close();
    launchpad = null;
  });
  return () => {
    if (!launchpad) throw new Error('a launchpad is there only while a test runs');
    return launchpad;
  };
}
