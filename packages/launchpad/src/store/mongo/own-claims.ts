import type { AgentId, RegisterAgent } from '@skyrocket/contract/agents';
import { processStart } from '@skyrocket/contract/process-identity';
import type { LaunchId } from '@skyrocket/model/ids';

/** What a claim has made, or was about to make. */
export interface OwnClaim {
  /** The ids of its Launches follow this one. */
  first: LaunchId;
  count: number;
  exhausted: boolean;
}

/** A claim is repeated right after its failure: so many others do not come in between. */
const capacity = 1000;

/**
 * The claims of agents that live in this process. Their keys need not be stored: who could repeat such a claim ends with this
 * process.
 */
export class OwnClaims {
  readonly #agents = new Set<AgentId>();
  readonly #claims = new Map<string, OwnClaim>();

  noteAgent({ agentId, pid, processStart: start, owner }: RegisterAgent): void {
    // The holder of a token came over the network, whatever it says of its process.
    if (owner === undefined && pid === process.pid && start === processStart(pid)) this.#agents.add(agentId);
  }

  isOfThisProcess(agentId: AgentId): boolean {
    return this.#agents.has(agentId);
  }

  made(key: string, claim: OwnClaim): void {
    const [oldest] = this.#claims.keys();
    if (this.#claims.size >= capacity && oldest !== undefined) this.#claims.delete(oldest);
    this.#claims.set(key, claim);
  }

  madeWith(key: string): OwnClaim | null {
    return this.#claims.get(key) ?? null;
  }

  forgetAgent(agentId: AgentId): void {
    this.#agents.delete(agentId);
  }
}
