import type { AgentId, StartToken } from '@skyrocket/contract/agents';
import { changedHistory } from '@skyrocket/model/apply-change';
import type { LaunchId } from '@skyrocket/model/ids';
import type { FireworkRecord, HistoryEntry, LaunchRecord } from '@skyrocket/model/records';

/** How many claims and agents are remembered before all are forgotten. */
const capacity = 20_000;

/** An agent that registered so recently need not be looked up again to claim. */
const registrationMilliseconds = 30_000;

interface Place {
  host: string;
  ip: string;
}

/** What this process claimed: the Launch, and of its Firework what does not change while it is RUNNING. */
export interface RememberedClaim {
  agentId: AgentId;
  launch: LaunchRecord;
  firework: Pick<FireworkRecord, 'fwId' | 'name' | 'launches' | 'archivedLaunches'>;
}

/** What this process started. */
export interface RememberedStart extends RememberedClaim {
  token: StartToken;
  /** The hexadecimal `_id` of the document of the Workflow. */
  workflow: string;
}

/**
 * Remembers what this process claimed and started a moment ago, so that it need not be read again when it is started and
 * reported. It is only a guess of how things stand: every write that is based on it is conditional. Nothing is given
 * twice, so that a call that is repeated looks at the database.
 */
export class ClaimMemory {
  readonly #claims = new Map<LaunchId, RememberedClaim>();
  readonly #starts = {
    lone: new Map<LaunchId, RememberedStart>(),
    others: new Map<LaunchId, RememberedStart>(),
  };
  readonly #agents = new Map<string, { place: Place; until: number }>();

  rememberClaim(claim: RememberedClaim): void {
    if (this.#claims.size >= capacity) this.#claims.clear();
    this.#claims.set(claim.launch.launchId, claim);
  }

  /** The Launches, if all of them were claimed here by this agent; they are forgotten. */
  takeClaims(agentId: AgentId, ids: readonly LaunchId[]): Map<LaunchId, RememberedClaim> | null {
    const found = takeAll(this.#claims, ids);
    return found && [...found.values()].every((claim) => claim.agentId === agentId) ? found : null;
  }

  /** @param which whether its Firework is the only one of its Workflow */
  rememberStart(start: RememberedStart, which: 'lone' | 'others'): void {
    const starts = this.#starts[which];
    if (starts.size >= capacity) starts.clear();
    starts.set(start.launch.launchId, start);
  }

  /** The Launches, if all of them were started here, and are as they were remembered; they are forgotten. */
  takeStarts(ids: readonly LaunchId[], which: 'lone' | 'others'): Map<LaunchId, RememberedStart> | null {
    return takeAll(this.#starts[which], ids);
  }

  /** A heartbeat brought news of a Launch. */
  rememberPing(id: LaunchId, ping: Pick<HistoryEntry, 'updatedOn' | 'checkpoint'>): void {
    for (const starts of Object.values(this.#starts)) {
      const start = starts.get(id);
      if (!start) continue;
      const history = changedHistory(start.launch.history, { ping });
      starts.set(id, { ...start, launch: { ...start.launch, history } });
    }
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
    this.#starts.lone.clear();
    this.#starts.others.clear();
    this.#agents.clear();
  }
}

/** Takes some out; null when not all of them are there. */
function takeAll<Item>(from: Map<LaunchId, Item>, ids: readonly LaunchId[]): Map<LaunchId, Item> | null {
  const found = new Map<LaunchId, Item>();
  for (const id of ids) {
    const item = from.get(id);
    if (item) found.set(id, item);
    from.delete(id);
  }
  return found.size === ids.length ? found : null;
}
