import type { LaunchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import { Turns } from './turns.ts';

/** How many claims and agents are remembered before all are forgotten. */
const capacity = 20_000;

/** An agent that registered so recently need not be looked up again to claim. */
const registrationMilliseconds = 30_000;

interface Place {
  host: string;
  ip: string;
}

/**
 * Remembers what this process claimed a moment ago, so that it need not be read again when it is started. It is only a
 * guess of how things stand: every write that is based on it is conditional. Nothing is remembered twice, so that a start
 * that is repeated looks at the database.
 */
export class ClaimMemory {
  /** Claims of this process at what is READY follow each other: at once they would find the same Fireworks. */
  readonly turns = new Turns();
  readonly #claims = new Map<LaunchId, { agent: string; launch: LaunchRecord }>();
  readonly #agents = new Map<string, { place: Place; until: number }>();

  rememberClaim(agent: string, launch: LaunchRecord): void {
    if (this.#claims.size >= capacity) this.#claims.clear();
    this.#claims.set(launch.launchId, { agent, launch });
  }

  /** The Launches, if all of them were claimed here by this agent; they are forgotten. */
  takeClaims(agent: string, ids: readonly LaunchId[]): Map<LaunchId, LaunchRecord> | null {
    const found = new Map<LaunchId, LaunchRecord>();
    for (const id of ids) {
      const claim = this.#claims.get(id);
      this.#claims.delete(id);
      if (claim?.agent === agent) found.set(id, claim.launch);
    }
    return found.size === ids.length ? found : null;
  }

  forgetClaim(id: LaunchId): void {
    this.#claims.delete(id);
  }

  rememberAgent(agent: string, place: Place): void {
    if (this.#agents.size >= capacity) this.#agents.clear();
    this.#agents.set(agent, { place, until: performance.now() + registrationMilliseconds });
  }

  placeOf(agent: string): Place | null {
    const known = this.#agents.get(agent);
    return known && known.until > performance.now() ? known.place : null;
  }

  forgetAgent(agent: string): void {
    this.#agents.delete(agent);
  }

  forget(): void {
    this.#claims.clear();
    this.#agents.clear();
  }
}
