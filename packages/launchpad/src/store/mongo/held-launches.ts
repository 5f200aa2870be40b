import type { AgentId } from '@skyrocket/contract/agents';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import type { Document, Filter } from 'mongodb';
import type { AgentStanding } from '../store.ts';
import { type MongoConnection, passing } from './connection.ts';
import { agentOf } from './decide-locked.ts';
import { integerOf, launchIdsOf, stateOf } from './documents.ts';

type Held = AgentStanding['launches'];

/** What is read here is small: it comes with one answer. */
const batchSize = 10_000;

/** So many agents are asked about together. */
const groupSize = 5_000;

/** For each agent its active Launches that have not ended. Those that have are taken out of what it is said to hold. */
export async function launchesHeldBy(
  connection: MongoConnection,
  agents: readonly AgentId[],
): Promise<Map<AgentId, Held>> {
  const held = new Map(agents.map((agent): [AgentId, Held] => [agent, []]));
  for (let next = 0; next < agents.length; next += groupSize) {
    for (const { agent, ...launch } of await heldByGroup(connection, agents.slice(next, next + groupSize))) {
      held.get(agent)?.push(launch);
    }
  }
  return held;
}

/** In the order of their ids. */
async function heldByGroup(
  connection: MongoConnection,
  agents: readonly AgentId[],
): Promise<(Held[number] & { agent: AgentId })[]> {
  const live = await connection.starts
    .find({ agent: { $in: [...agents] }, live: true }, { projection: { agent: 1, on: 1 }, batchSize })
    .toArray();
  const ids = live.map((start) => launchId(start._id));
  // Most of those that an agent ever held have ended: they are not read.
  const standings = await standingLaunches(connection, ids, { state: { $in: ['RESERVED', 'RUNNING'] } });
  const held: (Held[number] & { agent: AgentId })[] = [];
  const over: number[] = [];
  for (const start of live.sort((a, b) => a._id - b._id)) {
    const id = launchId(start._id);
    const agent = agentOf(start.agent);
    const { fwId: maker, state, active } = standings.get(id) ?? {};
    if (active && maker !== undefined && agent && (state === 'RESERVED' || state === 'RUNNING'))
      held.push({ agent, launchId: id, fwId: maker, state });
    else if (!isRecent(start.on)) over.push(start._id);
  }
  if (over.length > 0) {
    await connection.starts.updateMany({ _id: { $in: over } }, { $unset: { live: '' } }, passing);
  }
  return held;
}

/** A claim that is being made at this moment has no Launch yet. */
const isRecent = (on: unknown) => on instanceof Date && Date.now() - on.getTime() < 60_000;

export interface StandingLaunch {
  fwId: FwId;
  state: State;
  /** Whether the Firework that made it is there, and holds it as active. */
  maker: 'there' | 'deleted';
  active: boolean;
}

/** How Launches stand; those that are not there, or not as asked for, are left out. */
export async function standingLaunches(
  { launches, fireworks }: MongoConnection,
  ids: readonly LaunchId[],
  asked: Filter<Document> = {},
): Promise<Map<LaunchId, StandingLaunch>> {
  if (ids.length === 0) return new Map();
  const found = await launches
    .find(
      { launch_id: { $in: [...ids] }, ...asked },
      { projection: { _id: 0, launch_id: 1, fw_id: 1, state: 1 }, batchSize },
    )
    .toArray();
  const makers = new Map<FwId, ReadonlySet<LaunchId>>();
  const makerIds = [...new Set(found.map((launch) => integerOf(launch.fw_id)))];
  for await (const firework of fireworks.find(
    { fw_id: { $in: makerIds } },
    { projection: { _id: 0, fw_id: 1, launches: 1 }, batchSize },
  )) {
    makers.set(fwId(integerOf(firework.fw_id)), new Set(launchIdsOf(firework.launches)));
  }
  return new Map(
    found.map((launch) => {
      const [id, maker] = [launchId(integerOf(launch.launch_id)), fwId(integerOf(launch.fw_id))];
      const holds = makers.get(maker);
      const standing = { fwId: maker, state: stateOf(launch.state), active: holds?.has(id) === true };
      return [id, { ...standing, maker: holds ? 'there' : 'deleted' }];
    }),
  );
}
