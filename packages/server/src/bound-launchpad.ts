import type { AgentId, LaunchPad } from '@skyrocket/contract/launchpad';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { LaunchId } from '@skyrocket/model/ids';
import type { FWorker } from '@skyrocket/model/records';
import { equalUserValues } from '@skyrocket/model/user-data';
import { workerFilter } from '@skyrocket/model/worker-filter';
import type { Bearer } from './bearer.ts';

/**
 * The launchpad as the holder of a token may use it. An agent belongs to the token by which it registered, and nobody else
 * speaks for it; a token that is bound to an FWorker, a category or a query lets its holder be no other worker. What a
 * Launch reports is tied to the Launch by its start token already, and an action only reaches its own Workflow.
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
      if (request.fwId !== undefined && bearer.role === 'worker') {
        await refuseForeignFirework(launchpad, request.fworker, request.fwId);
      }
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
      if (request.fwId !== undefined && bearer.role === 'worker') {
        await refuseForeignFirework(launchpad, request.fworker, request.fwId);
      }
      return launchpad.reserve(request);
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
      return { runs: runs.filter((run) => bearer.fworker === null || run.fworker === bearer.fworker) };
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

/** A worker's token is for the reservations of that worker. */
async function refuseForeignLaunches(
  launchpad: LaunchPad,
  bearer: Bearer,
  launchIds: LaunchId[],
): Promise<void> {
  if (bearer.role !== 'worker') return;
  const { launches } = await launchpad.findLaunches({ launchIds });
  for (const { fworker } of launches) refuseOtherWorker(bearer, fworker);
}

/** Claimed by its id, a Firework need not suit the worker; a worker's token is for those that do. */
async function refuseForeignFirework(
  launchpad: LaunchPad,
  fworker: FWorker,
  fwId: NonNullable<Parameters<LaunchPad['claim']>[0]['fwId']>,
): Promise<void> {
  const filter = workerFilter(fworker);
  const { count } = await launchpad.findFireworks({ fwIds: [fwId], filter, fields: 'count' });
  if (count > 0) return;
  throw new SkyrocketError('NOT_FOUND', `there is no Firework ${fwId} for the worker ${fworker.name}`);
}
