import type { LaunchPad } from './launchpad.ts';
import { agentsOperations } from './operations/agents.ts';
import { chainsOperations } from './operations/chains.ts';
import { decisionsOperations } from './operations/decisions.ts';
import { maintenanceOperations } from './operations/maintenance.ts';
import { offlineOperations } from './operations/offline.ts';
import type { Operation } from './operations/operation.ts';
import { questionsOperations } from './operations/questions.ts';
import { reservationsOperations } from './operations/reservations.ts';
import { runningOperations } from './operations/running.ts';
import { tokensOperations } from './operations/tokens.ts';
import { upkeepOperations } from './operations/upkeep.ts';
import { workflowsOperations } from './operations/workflows.ts';
import { IdentitySchema } from './schemas/records.ts';
import { nothing } from './schemas/requests.ts';

/** The operations by name. */
export type OperationName = Exclude<keyof LaunchPad, 'close' | 'stateChanges'>;

/** Every operation of {@link LaunchPad} but those that never leave the process. */
export const operations = {
  identity: {
    role: 'reader',
    effect: 'reads',
    summary: 'Tells which launchpad this is.',
    request: nothing,
    reply: IdentitySchema,
  },
  ...workflowsOperations,
  ...questionsOperations,
  ...decisionsOperations,
  ...agentsOperations,
  ...runningOperations,
  ...reservationsOperations,
  ...chainsOperations,
  ...offlineOperations,
  ...upkeepOperations,
  ...tokensOperations,
  ...maintenanceOperations,
} as const satisfies Record<OperationName, Operation>;
