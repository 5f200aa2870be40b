import { describe } from '@jest/globals';
import { addContract } from './add.ts';
import { agentContract } from './agents.ts';
import { changeContract } from './changes.ts';
import { claimContract } from './claim.ts';
import { claimOrderContract } from './claim-order.ts';
import { decideContract } from './decide.ts';
import { deleteContract } from './delete.ts';
import { duplicateContract } from './duplicates.ts';
import { freshStore, type OpenStore } from './fresh-store.ts';
import { keyContract } from './keys.ts';
import { maintenanceContract } from './maintenance.ts';
import { offlineContract } from './offline.ts';
import { queryContract } from './queries.ts';
import { reportContract } from './report.ts';
import { reservationContract } from './reservations.ts';
import { startContract } from './start.ts';
import { upkeepContract } from './upkeep.ts';
import { userDecisionContract } from './user-decisions.ts';

/** All that a Store promises, as tests. Each of them begins with the empty Store that `open` gives. */
export function storeContract(name: string, open: OpenStore): void {
  describe(`a Store: ${name}`, () => {
    const store = freshStore(open);
    addContract(store);
    queryContract(store);
    claimContract(store);
    claimOrderContract(store);
    startContract(store);
    reservationContract(store);
    offlineContract(store);
    decideContract(store);
    changeContract(store);
    reportContract(store);
    userDecisionContract(store);
    duplicateContract(store);
    deleteContract(store);
    agentContract(store);
    upkeepContract(store);
    maintenanceContract(store);
    keyContract(store);
  });
}
