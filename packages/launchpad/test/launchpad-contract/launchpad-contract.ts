import { describe } from '@jest/globals';
import { decidingContract } from './deciding.ts';
import { explainingContract } from './explaining.ts';
import { findingContract } from './finding.ts';
import { freshLaunchPad, type OpenLaunchPad } from './fresh-launchpad.ts';
import { givingBackContract } from './giving-back.ts';
import { leaseContract } from './leases.ts';
import { racingContract } from './racing.ts';
import { repeatingContract } from './repeating.ts';
import { repeatingAllContract } from './repeating-all.ts';
import { reservingContract } from './reserving.ts';
import { runningContract } from './running.ts';
import { offlineContract } from './running-offline.ts';
import { withoutLeaseContract } from './without-leases.ts';

/** What users and workers get from a launchpad, as tests; `open` gives an empty one. */
export function launchPadContract(name: string, open: OpenLaunchPad): void {
  describe(`a launchpad: ${name}`, () => {
    describe('for users and workers', () => {
      const launchpad = freshLaunchPad(open);
      runningContract(launchpad);
      decidingContract(launchpad);
      givingBackContract(launchpad);
      reservingContract(launchpad);
      offlineContract(launchpad);
      findingContract(launchpad);
      repeatingContract(launchpad);
      repeatingAllContract(launchpad);
      racingContract(launchpad);
    });
    leaseContract(open);
    explainingContract(open);
    withoutLeaseContract(open);
  });
}
