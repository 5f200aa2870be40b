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
  /** A RUNNING Launch that no agent holds is lost when it was not heard of for longer: RUN_EXPIRATION_SECS. */
  runExpirationSeconds: number;
  /** A reservation that stands for longer is given back: RESERVATION_EXPIRATION_SECS. */
  reservationExpirationSeconds: number;
}

/** What FW_config.yaml says of leases (format §10.3). */
export type ExpirationTerms = Pick<LeaseTerms, 'runExpirationSeconds' | 'reservationExpirationSeconds'>;

/** Two heartbeats may be lost before a lease runs out; the dead are found within two leases, one of them being watched. */
export const leaseTerms: LeaseTerms = {
  leaseSeconds: 180,
  heartbeatSeconds: 60,
  watchGapSeconds: 90,
  upkeepSeconds: 120,
  memorySeconds: 7 * 24 * 3600,
  runExpirationSeconds: 4 * 3600,
  reservationExpirationSeconds: 14 * 24 * 3600,
};

/** The usual terms with those of a site; what else stands in its configuration does not matter here. */
export function withExpirations({
  runExpirationSeconds,
  reservationExpirationSeconds,
}: ExpirationTerms): LeaseTerms {
  return { ...leaseTerms, runExpirationSeconds, reservationExpirationSeconds };
}
