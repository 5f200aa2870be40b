import type { AgentId } from '@skyrocket/contract/agents';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { FWorker } from '@skyrocket/model/records';
import { equalUserValues } from '@skyrocket/model/user-data';
import type { Bearer } from './bearer.ts';
import {
  isOwnChain,
  ownLaunches,
  refuseForeignChain,
  refuseForeignFirework,
  refuseForeignLaunches,
} from './foreign-work.ts';

/**
 * The launchpad as the holder of a token may use it. An agent belongs to the token by which it registered, and nobody else
 * speaks for it; a token that is bound to an FWorker, a category or a query lets its holder be no other worker; what is kept
 * for jobs belongs to the worker's token by which it was made (`foreign-work.ts`). What a Launch reports is tied to the Launch
 * by its start token already, and an action only reaches its own Workflow.
 */
export function boundLaunchPad(launchpad: LaunchPad, bearer: Bearer, owners: AgentOwners): LaunchPad {
  const ownAgent = (agentId: AgentId) => owners.refuseUnlessOwn(agentId, bearer);
  return {
    ...launchpad,
    registerAgent: async (request) => {
      refuseOtherWorker(bearer, request.fworker);
      const { agent } = await launchpad.findAgent(request);
      if (agent) await ownAgent(request.agentId);
      owners.note(request.agentId, bearer.tokenId);
      return launchpad.registerAgent({ ...request, owner: bearer.tokenId });
    },
    heartbeat: async (request) => {
      await ownAgent(request.agentId);
      return launchpad.heartbeat(request);
    },
    signOff: async (request) => {
      await ownAgent(request.agentId);
      return launchpad.signOff(request);
    },
    claim: async (request) => {
      refuseOtherWorker(bearer, request.fworker);
      await ownAgent(request.agentId);
      await refuseForeignFirework(launchpad, bearer, request);
      return launchpad.claim(request);
    },
    start: async (request) => {
      refuseOtherWorker(bearer, request.fworker);
      await ownAgent(request.agentId);
      return launchpad.start(request);
    },
    release: async (request) => {
      await ownAgent(request.agentId);
      return launchpad.release(request);
    },
    workFor: async (request) => {
      refuseOtherWorker(bearer, request.fworker);
      return launchpad.workFor(request);
    },
    reserve: async (request) => {
      refuseOtherWorker(bearer, request.fworker);
      await refuseForeignFirework(launchpad, bearer, request);
      return launchpad.reserve(ownedBy(bearer, request));
    },
    noteReservation: async (request) => {
      await refuseForeignLaunches(launchpad, bearer, [request.launchId]);
      return launchpad.noteReservation(request);
    },
    cancelReservations: async (request) => {
      await refuseForeignLaunches(launchpad, bearer, request.launchIds);
      return launchpad.cancelReservations(request);
    },
    registerOffline: async (request) => {
      await refuseForeignLaunches(launchpad, bearer, request.launchIds);
      return launchpad.registerOffline(request);
    },
    findOffline: async () => {
      const { runs } = await launchpad.findOffline();
      if (bearer.role !== 'worker') return { runs };
      const launchIds = runs.map((run) => run.launchId);
      const own = await ownLaunches(launchpad, bearer, launchIds);
      return { runs: runs.filter((run) => own.get(run.launchId)) };
    },
    findChains: async () => {
      const { chains } = await launchpad.findChains();
      return { chains: chains.filter((chain) => isOwnChain(bearer, chain)) };
    },
    saveChain: async (request) => {
      await refuseForeignChain(launchpad, bearer, request.name);
      return launchpad.saveChain(ownedBy(bearer, request));
    },
    tellOffline: async (request) => {
      const launchIds = request.runs.map((run) => run.launchId);
      await refuseForeignLaunches(launchpad, bearer, launchIds);
      return launchpad.tellOffline(request);
    },
    // The server does upkeep itself; only an admin may do it beside.
    ...(bearer.role !== 'admin' && {
      deadAgents: async () => ({ agents: [], heldByAnother: true }),
      upkeep: async () => ({ lost: [], released: [], finished: 0 }),
    }),
  };
}

/** Which token registered which agent. Remembered, since it never changes: an agent's id is drawn once. */
export interface AgentOwners {
  note(agentId: AgentId, tokenId: string): void;
  /** @throws SkyrocketError NOT_ALLOWED */
  refuseUnlessOwn(agentId: AgentId, bearer: Bearer): Promise<void>;
}

const rememberedAgents = 100_000;

export function agentOwners(launchpad: Pick<LaunchPad, 'findAgent'>): AgentOwners {
  const owners = new Map<AgentId, string>();
  const note = (agentId: AgentId, tokenId: string) => {
    owners.set(agentId, tokenId);
    const [oldest] = owners.keys();
    if (owners.size > rememberedAgents && oldest !== undefined) owners.delete(oldest);
  };
  return {
    note,
    async refuseUnlessOwn(agentId, { tokenId }) {
      if (owners.get(agentId) === tokenId) return;
      const { agent } = await launchpad.findAgent({ agentId });
      // One that nobody knows has to register first: the launchpad says so.
      if (agent && agent.owner !== tokenId) {
        throw new SkyrocketError('NOT_ALLOWED', `agent ${agentId} was registered with another token`);
      }
      if (agent) note(agentId, tokenId);
    },
  };
}

function refuseOtherWorker(bearer: Bearer, fworker: FWorker): void {
  const { tokenId, role, fworker: name, category, query } = bearer;
  const bound = (what: string, to: string) =>
    new SkyrocketError(
      'NOT_ALLOWED',
      `the token ${tokenId} is bound to the ${what} ${to}; say so in my_fworker.yaml, or ask for another token`,
    );
  if (name !== null && fworker.name !== name) throw bound('FWorker', JSON.stringify(name));
  if (category !== null && fworker.category !== category) throw bound('category', JSON.stringify(category));
  // A query is a question about specs, which a worker may not read.
  if (role === 'worker' && !equalUserValues(fworker.query, query)) {
    throw bound('query', query.size === 0 ? '{}' : 'that it was made with');
  }
}

/** What the holder of a worker's token makes is that token's; nobody else says whose something is. */
function ownedBy<Request extends { owner?: string }>(
  { role, tokenId }: Bearer,
  { owner: _said, ...request }: Request,
): Omit<Request, 'owner'> & { owner?: string } {
  return role === 'worker' ? { ...request, owner: tokenId } : request;
}
