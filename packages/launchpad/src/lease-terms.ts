/** How leases are given: see {@link leaseTerms}. */
export interface LeaseTerms {
  /** An agent that is silent for longer is dead. */
  leaseSeconds: number;
  /** How often agents are to renew their lease. */
  heartbeatSeconds: number;
  /** Without upkeep or a heartbeat for longer, the launchpad was not watched: silence in that time proves nothing. */
  watchGapSeconds: number;
  /** How long one round of upkeep may take, with the telling of journals, before another may begin. */
  upkeepSeconds: number;
  /** Idempotency keys and silent agents are remembered for so long. */
  memorySeconds: number;
}

/** Two heartbeats may be lost before a lease runs out; the dead are found within two leases, one of them being watched. */
export const leaseTerms: LeaseTerms = {
  leaseSeconds: 180,
  heartbeatSeconds: 60,
  watchGapSeconds: 90,
  upkeepSeconds: 120,
  memorySeconds: 7 * 24 * 3600,
};
