import type { Agents } from './agents.ts';
import type { Chains } from './chains.ts';
import type { Decisions } from './decisions.ts';
import type { LaunchPadIdentity } from './identity.ts';
import type { Maintenance } from './maintenance.ts';
import type { Offline } from './offline.ts';
import type { Questions } from './questions.ts';
import type { Reservations } from './reservations.ts';
import type { Running } from './running.ts';
import type { StateChanges } from './state-changes.ts';
import type { Tokens } from './tokens.ts';
import type { Upkeep } from './upkeep.ts';
import type { Workflows } from './workflows.ts';

/**
 * Every operation of a launchpad, once. It is reached in process over an embedded file or MongoDB, or over HTTP;
 * callers cannot tell which. Operations that change something carry a `key`: a call repeated with the same key
 * after a lost answer changes nothing and returns the first answer.
 *
 * All of them reject with a SkyrocketError: STORE_* when the launchpad cannot answer (safe to repeat),
 * NOT_FOUND, NOT_ALLOWED, BAD_* and TOO_LARGE when the request is at fault (nothing was changed).
 */
export interface LaunchPad
  extends Workflows,
    Questions,
    Decisions,
    Agents,
    Running,
    Reservations,
    Chains,
    Offline,
    Upkeep,
    Tokens,
    Maintenance {
  identity(): Promise<LaunchPadIdentity>;
  /** Releases files and connections; may be called twice. */
  close(): Promise<void>;
  /** What it tells of itself, in process; null where changes have to be looked for. */
  stateChanges(): StateChanges | null;
}
