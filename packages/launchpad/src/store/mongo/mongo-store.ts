import type { LaunchPadIdentity } from '@skyrocket/contract/launchpad';
import type { fwId } from '@skyrocket/model/ids';
import type { Store } from '../store.ts';
import { addWorkflows } from './add-workflows.ts';
import { agentStandings, forgetAgents, registerAgent, takeHeartbeat } from './agents.ts';
import { claimLaunches } from './claim-launches.ts';
import { identify, type MongoConnection } from './connection.ts';
import { changeNothing, decide } from './decide.ts';
import { deleteWorkflows, resetDatabase } from './delete-workflows.ts';
import { findDuplicates, findFireworks } from './find-fireworks.ts';
import { findLaunches } from './find-launches.ts';
import { findWorkflows } from './find-workflows.ts';
import { explained } from './mongo-errors.ts';
import { partsOf } from './parts.ts';
import { startLaunches } from './start-launches.ts';
import { findToken, findTokens, putToken, revokeToken } from './tokens.ts';
import { Turns } from './turns.ts';
import { finishUnfinished, prune } from './unfinished.ts';
import { leaveUpkeep, noteImportFailure, takeUpkeep, watch } from './upkeep-rights.ts';
import { workFor } from './work-for.ts';

/** A Store in an open FireWorks database; it closes the connection. */
export function mongoStore(connection: MongoConnection): Store {
  const turns = new Turns();
  const { location } = connection.settings;
  const told = <T>(call: () => Promise<T>) => explained(location, call);
  const touch = (fwIds: ReturnType<typeof fwId>[]) =>
    decide(
      connection,
      { request: { key: null, seeds: { fwIds, launchIds: [] }, answer: () => '' }, turns },
      changeNothing,
    );
  return {
    identity: () => told(() => identityOf(connection)),
    close: () => connection.client.close(),

    addWorkflows: (request) => told(() => addWorkflows(connection, request)),
    deleteWorkflows: (request) => told(() => deleteWorkflows(connection, turns, request)),
    reset: ({ key }) => told(() => resetDatabase(connection, key)),

    findFireworks: (request) => told(() => findFireworks(connection, request)),
    findWorkflows: (request) => told(() => findWorkflows(connection, request)),
    findLaunches: (ids) => told(() => findLaunches(connection, ids)),
    findDuplicates: (id) => told(() => findDuplicates(connection, id)),

    parts: (seeds) => told(() => partsOf(connection, seeds)),
    decide: (request, decision) => told(() => decide(connection, { request, turns }, decision)),

    claim: (request) => told(() => claimLaunches(connection, request)),
    start: (request) =>
      told(async () => {
        const { results, touched } = await startLaunches(connection, request);
        if (touched.length > 0) await touch(touched);
        return results;
      }),
    workFor: (fworker) => told(() => workFor(connection, fworker)),

    registerAgent: (agent) => told(() => registerAgent(connection, agent)),
    findAgent: (agentId) => told(async () => (await agentStandings(connection, agentId))[0] ?? null),
    findAgents: () => told(() => agentStandings(connection)),
    heartbeat: (request) => told(() => takeHeartbeat(connection, request)),
    forgetAgents: (agentIds) => told(() => forgetAgents(connection, agentIds)),

    noteImportFailure: (failure) => told(() => noteImportFailure(connection, failure)),

    putToken: (token) => told(() => putToken(connection, token)),
    findToken: (hash) => told(() => findToken(connection, hash)),
    findTokens: () => told(() => findTokens(connection)),
    revokeToken: (tokenId) => told(() => revokeToken(connection, tokenId)),

    takeUpkeep: (request) => told(() => takeUpkeep(connection, request)),
    leaveUpkeep: (holder) => told(() => leaveUpkeep(connection, holder)),
    watch: ({ maxGapSeconds }) =>
      told(async () => ({ watchedSeconds: await watch(connection, maxGapSeconds) })),
    unfinished: () => told(() => finishUnfinished(connection)),
    prune: ({ olderThanSeconds }) => told(() => prune(connection, olderThanSeconds)),
  };
}

/** Asked anew each time: another program may have reset the launchpad. */
function identityOf({ db, settings }: MongoConnection): Promise<LaunchPadIdentity> {
  return identify(db, settings.location);
}
