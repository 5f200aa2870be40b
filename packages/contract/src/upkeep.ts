import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { AgentId } from './agents.ts';
import type { Keyed } from './keyed.ts';

/**
 * First ask who is dead, tell the journals of those that can be read, then declare what remains lost.
 * The key stands for the one who does it: the same in both calls. One at a time: `heldByAnother` says that somebody
 * else is at it, and then `upkeep` does nothing.
 */
export interface Upkeep {
  /** Those who do it by the clock (several servers) say how long after another's round theirs is not needed. */
  deadAgents(
    request: Keyed & { notWithinSeconds?: number },
  ): Promise<{ agents: DeadAgent[]; heldByAnother: boolean }>;
  /** `told`: dead agents whose journals hold nothing more that the launchpad does not know. */
  upkeep(request: Keyed & { told: AgentId[] }): Promise<UpkeepReport>;
}

/** An agent whose lease ran out, or whose process is gone on the host of the launchpad. */
export interface DeadAgent {
  agentId: AgentId;
  /** A sentence without its end: how it is known to be dead. */
  reason: string;
  host: string;
  journal: string;
  launches: LaunchId[];
}

export interface UpkeepReport {
  /** Launches declared lost: FIZZLED, or rerun by policy. */
  lost: { launchId: LaunchId; fwId: FwId; reran: boolean }[];
  /** Claims of dead agents that were never started, and reservations that stood for too long: READY again. */
  released: LaunchId[];
  /** Operations that a crash had left half done. */
  finished: number;
}
