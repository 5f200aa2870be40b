import type { LaunchPadIdentity } from '@skyrocket/contract/identity';
import type { Keyed } from '@skyrocket/contract/keyed';
import { skyrocketVersion } from '@skyrocket/contract/version';
import type { IdMap } from '@skyrocket/contract/workflows';
import { type FwId, fwId } from '@skyrocket/model/ids';
import { type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import type { Store } from '../store.ts';
import { addWorkflows } from './add-workflows.ts';
import { agentStandings, forgetAgents, prune, registerAgent, takeHeartbeat } from './agents.ts';
import { answerGiven, rememberAnswer } from './answers.ts';
import { claimLaunches } from './claim-launches.ts';
import type { Connection } from './connection.ts';
import { decide } from './decide.ts';
import { deleteWorkflows, resetDatabase } from './delete-workflows.ts';
import { findFireworks } from './find-fireworks.ts';
import { findWorkflows } from './find-workflows.ts';
import { Lanes } from './lanes.ts';
import { loadLaunchPlaces, loadLaunchRecords } from './launch-rows.ts';
import { sqliteMaintenance } from './maintenance.ts';
import { closeOffline, findOffline, forgetOffline, putOffline } from './offline.ts';
import { findChains, findOwners, noteReservation, saveChain } from './reservations.ts';
import { sharedCommits } from './shared-commits.ts';
import { startLaunches } from './start-launches.ts';
import { findToken, findTokens, putToken, revokeToken } from './tokens.ts';
import { leaveUpkeep, meta, takeUpkeep, watch } from './upkeep-rights.ts';
import { workFor } from './work-for.ts';

/** The clock of the host on which the file is. */
const hostClock = () => timestamp(Date.now());

/** A Store in an open database file; it closes the file. */
export function sqliteStore(database: Connection, clock: () => Timestamp = hostClock): Store {
  const lanes = new Lanes(database);
  const write = sharedCommits(database);
  const once = (key: string, work: (now: Timestamp) => string) =>
    write(() => answerOnce(database, { key, now: clock(), work }));
  return {
    identity: async () => identityOf(database),
    close: async () => database.close(),
    stateChanges: () => null,

    async addWorkflows({ key, workflows }) {
      const answer = await once(key, (now) => idMapsText(addWorkflows(database, workflows, now)));
      return { idMaps: readIdMaps(answer) };
    },
    async deleteWorkflows({ key, fwIds }) {
      return JSON.parse(await once(key, (now) => JSON.stringify(deleteWorkflows(database, fwIds, now))));
    },
    async reset({ key }) {
      await once(key, () => {
        resetDatabase(database);
        return '';
      });
    },

    findFireworks: (request) => findFireworks(database, lanes, request),
    findWorkflows: (request) => findWorkflows(database, request),
    findLaunches: async (ids) => database.read(() => loadLaunchRecords(database, ids)),
    findLaunchPlaces: async (ids) => database.read(() => loadLaunchPlaces(database, ids)),
    findDuplicates: async (id) => findDuplicates(database, id),

    parts: async (seeds) => [{ name: 'all', seeds }],
    decide: (request, decision) => write(() => decide(database, { request, now: clock() }, decision)),

    claim: (request) => claimLaunches({ database, write, lanes, now: clock() }, request),
    findOwners: async (launchIds) => database.read(() => findOwners(database, launchIds)),
    noteReservation: (request) => write(() => noteReservation(database, request)),
    start: (request) => write(() => startLaunches(database, request, clock())),
    workFor: (fworker) => workFor(database, lanes, fworker),

    registerAgent: (agent) => write(() => registerAgent(database, agent, clock())),
    findAgent: async (agentId) => database.read(() => agentStandings(database, clock(), agentId)[0] ?? null),
    findAgents: async () => database.read(() => agentStandings(database, clock())),
    heartbeat: (request) => write(() => takeHeartbeat(database, request, clock())),
    forgetAgents: (agentIds) => write(() => forgetAgents(database, agentIds)),

    noteImportFailure: (failure) => write(() => noteImportFailure(database, failure)),

    takeUpkeep: (request) => write(() => takeUpkeep(database, request, clock())),
    leaveUpkeep: (holder) => write(() => leaveUpkeep(database, holder, clock())),
    watch: ({ maxGapSeconds }) => write(() => ({ watchedSeconds: watch(database, maxGapSeconds, clock()) })),
    putToken: (token) => write(() => putToken(database, token, clock())),
    findToken: async (hash) => findToken(database, hash),
    findTokens: async () => findTokens(database),
    revokeToken: (tokenId) => write(() => revokeToken(database, tokenId, clock())),

    putOffline: (runs) => write(() => putOffline(database, runs)),
    findOffline: async (ids) => findOffline(database, ids),
    closeOffline: (launchIds) => write(() => closeOffline(database, launchIds)),
    async forgetOffline({ key, fwIds }) {
      return JSON.parse(await once(key, () => JSON.stringify(forgetOffline(database, fwIds))));
    },

    findChains: async () => findChains(database),
    saveChain: (request) => write(() => saveChain(database, request)),

    ...sqliteMaintenance({ database, write, lanes, clock }),

    unfinished: async () => [],
    prune: ({ olderThanSeconds }) => write(() => prune(database, olderThanSeconds, clock())),
  };
}

function identityOf(database: Connection): LaunchPadIdentity {
  const uuid = String(meta(database, 'uuid'));
  return { uuid, kind: 'embedded', location: database.file, version: skyrocketVersion };
}

/** Does the work of a keyed call unless it was done; gives the first answer. */
function answerOnce(
  database: Connection,
  { key, now, work }: Keyed & { now: Timestamp; work: (now: Timestamp) => string },
): string {
  const given = answerGiven(database, key);
  if (given !== null) return given;
  const answer = work(now);
  rememberAnswer(database, { key, answer, now });
  return answer;
}

function idMapsText(idMaps: IdMap[]): string {
  return JSON.stringify(idMaps.map((ids) => [...ids]));
}

function readIdMaps(text: string): IdMap[] {
  const written: [number, number][][] = JSON.parse(text);
  return written.map((pairs) => new Map(pairs.map(([old, id]) => [fwId(old), fwId(id)])));
}

/** Oldest first. */
function findDuplicates(database: Connection, id: FwId): FwId[] {
  return database
    .all<{ fw_id: number }>(
      `SELECT fw_id FROM fireworks
       WHERE duplicate_key = (SELECT duplicate_key FROM fireworks WHERE fw_id = ?1)
         AND fw_id <> ?1 AND launches <> '[]' ORDER BY fw_id`,
      id,
    )
    .map((row) => fwId(row.fw_id));
}

function noteImportFailure(
  database: Connection,
  { fwId: id, task, worker }: { fwId: FwId; task: string; worker: string },
): number {
  database.run(
    'INSERT OR IGNORE INTO import_failures (fw_id, task, worker) VALUES (?, ?, ?)',
    id,
    task,
    worker,
  );
  const row = database.get<{ workers: number }>(
    'SELECT count(*) AS workers FROM import_failures WHERE fw_id = ? AND task = ?',
    id,
    task,
  );
  return row?.workers ?? 0;
}
