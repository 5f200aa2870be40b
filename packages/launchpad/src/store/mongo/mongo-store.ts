import type { Heartbeat } from '@skyrocket/contract/agents';
import type { LaunchPadIdentity } from '@skyrocket/contract/identity';
import type { StartLaunches } from '@skyrocket/contract/running';
import type { fwId } from '@skyrocket/model/ids';
import type { Store, StoreClaim } from '../store.ts';
import { addWorkflows } from './add-workflows.ts';
import { agentStandings, forgetAgents, registerAgent } from './agents.ts';
import { findChains, saveChain } from './chains.ts';
import { changeStream } from './change-stream.ts';
import { claimOne, claimReady } from './claim-launches.ts';
import { identify, type MongoConnection } from './connection.ts';
import { changeNothing, decide } from './decide.ts';
import { decideLone, type Ending, endTogether } from './decide-lone.ts';
import { deleteWorkflows, resetDatabase } from './delete-workflows.ts';
import { findDuplicates, findFireworks } from './find-fireworks.ts';
import { findLaunches, findLaunchPlaces } from './find-launches.ts';
import { findWorkflows } from './find-workflows.ts';
import { forgetBeforeReset } from './foreign-reset.ts';
import { gathered } from './gathering.ts';
import { takeHeartbeats } from './heartbeats.ts';
import { keptToLives } from './kept-to-lives.ts';
import { mongoMaintenance, type Told } from './maintenance.ts';
import { explained } from './mongo-errors.ts';
import { closeOffline, findOffline, forgetOffline, putOffline } from './offline.ts';
import { partsOf } from './parts.ts';
import { endLeftLocks } from './recovery.ts';
import { findOwners, noteReservation } from './reservations.ts';
import { startLaunches } from './start-launches.ts';
import { findToken, findTokens, putToken, revokeToken } from './tokens.ts';
import { Turns } from './turns.ts';
import { finishUnfinished, prune } from './unfinished.ts';
import { leaveUpkeep, noteImportFailure, takeUpkeep, watch } from './upkeep-rights.ts';
import { workFor } from './work-for.ts';

/**
 * The second Store: FireWorks' own database, shared with Python programs that write it at the same time.
 *
 * ## What is to be kept in mind
 * - Python replaces whole documents of `fireworks`, `workflows` and `launches`. So these have exactly FireWorks' members
 *   (format §2), we write single members of them, and what else we must know lies in collections of our own.
 * - Python knows one lock, `locked` in a Workflow's document (`locks.ts`). Its refreshes, reruns, pauses and additions hold
 *   it; its claims and starts do not. A Firework's state stands twice: in its own document, which counts, and in `fw_states`
 *   of its Workflow, by which parents are judged and which may lag behind a claim.
 * - There are no transactions here, so that standalone servers do. Between any two writes the program may be killed, the
 *   server may be killed, or a Python program may do something. Every write is therefore conditional on what was read, or
 *   may be repeated.
 * - Journal and oplog keep the order of writes. So of one call only the last write waits until it is durable (`j: true`, or
 *   `w: majority` on a replica set); what it covers is marked as `passing`. A lock is durable too: it is held for longer than a
 *   database needs to be killed and to come back, and what it keeps others from would not be kept. So is its return: all would
 *   wait for its end if it came back.
 * - That order holds in one life of the server. When it is killed and comes back, or another member takes its place, what was
 *   written last may be forgotten. So a call ends with the life it began in, which is a crash between two of its writes, and is
 *   made once more (`kept-to-lives.ts`).
 *
 * ## Claim: no lock
 * 1. Read what is READY. 2. Draw Launch ids; who claims one by one draws some ahead, and takes one of those where 1 also saw that
 * there was no reset since (`spare-launch-ids.ts`). 3. Record in `skyrocket_starts` which agent is about to hold them, the first one
 * with the call's key (unique: a repeated call fails here and is given what the first one got). Of what is drawn ahead that is
 * recorded at once, if the agent lives in this process, which then knows its keys by itself (`own-claims.ts`). 4. Insert the Launches,
 * RESERVED. 5. For a reservation only, which lasts until a job starts: `fw_states` READY → RESERVED where the Workflow is not
 * locked; what an agent claims it starts a moment later, and the copy follows then. 6. Each Firework, if it is still READY:
 * RESERVED, with its Launch (durable). 7. Read back which were won; take away the Launches of the others.
 * Where others were faster a moment ago, claimers of several processes take turns with 1, each passing over what those before
 * have found (`claim-turns.ts`); nothing depends on that.
 * A crash after 2 loses ids; after 3, 4 or 5 leaves Launches that no Firework holds, which nothing looks at, and a copy of a
 * state that lags until the next claim; after 6 a claim of an agent that is dead, which upkeep gives back, or the repeated
 * call finds. A Firework that is paused, rerun or deleted before 6 is not READY any more, or is READY again and may be claimed.
 *
 * ## Start: no lock
 * 1. Record the token, if no other one is there. 2. `fw_states` → RUNNING where the Workflow is not locked, or only for others
 * that end (`locks.ts`); the end of another lock of ours is waited for, for a while. 3. Each Firework, if it is RESERVED with this
 * very Launch: RUNNING. 4. The Launch, if it is RESERVED: RUNNING (durable).
 * The copy comes before the Firework: when 3 fails, since somebody rerun or paused it after we looked, the copy is known to be
 * wrong, and is put right under the lock; the other way round a rerun between the two would be overwritten unnoticed.
 * A crash after 1, 2 or 3 leaves a start that was not acknowledged, so that no task ran: the agent repeats it with its token
 * and goes on where it was, or upkeep gives the Launch of a dead agent back, which is still RESERVED.
 *
 * ## Decisions (reports, reruns, pauses, additions by actions, …): under the lock, once for a batch
 * 1. Lock all Workflows concerned, with a token that names owner and end; a dead lock is met by who needs the Workflow, or found
 * by upkeep (`lock-sweep.ts`); one that an outage kept its owner from ending is ended by its next call (`left-locks.ts`).
 * 2. Read inside the lock; decide. Then either
 * - *a batch of completions whose actions change nothing else*: 3. the Launches with their actions, 4. the Fireworks and
 *   their children that become READY, many of them by two commands side by side, 5. the Workflows: copies, state, `locked`
 *   removed, in one update each (durable). The stored action is the intent: a crash after 3 or 4 leaves Launches that have ended in a Workflow with a dead lock. Whoever
 *   meets that, or upkeep, makes the copies what the Fireworks are and refreshes what the Launches move on (`recovery.ts`);
 *   and a report that is told again is applied, since a Firework still RUNNING shows that it was not. Launches that
 *   are each alone in their Workflow are not read in 2 (what this process started is remembered, others were read before 1):
 *   the lock is taken only where the Workflow is as it was, and 3 and 4 write only what is as it was; if anything is not, all
 *   is read and decided as ever (`decide-lone.ts`). Of those that ran without a launchpad and are RESERVED still, it is written
 *   before 3, where the token of a start would be, that nobody may start them any more.
 *   Of other Launches that this process started, the Launches are not read in 2; and a small Workflow, or what is around the
 *   Fireworks of a large one, comes with its lock.
 *   One that is alone in its call is decided without reading its Firework and those that wait for it, either, and so are many
 *   that nobody waits for (`sketched-documents.ts`): 3 and 4 write only what is as it was taken to be. If a Launch is not, all
 *   is read; if a Firework is not, what was written is finished as after a crash, and it is decided again; or
 * - *anything else*: 3. the Launches of a report, as above; 4. an intent with all writes that are to come (`intents.ts`), from
 *   which on the change is decided; 5. new Fireworks, WAITING; Launches; Fireworks; the answer by its key; the Workflows; new
 *   Fireworks that become READY; the release of the lock (durable); 6. the intent is removed. A crash after 4 leaves an intent
 *   whose lock is dead: all of 5 is written again. Without its lock an intent has been carried out.
 *   Fireworks that are READY or RESERVED may be claimed or started by anybody meanwhile, lock or not. So they are contested
 *   before the change is decided: each is changed only if it is as it was read. If one is lost, those that were won are put
 *   back, and all is decided again; a crash in the middle leaves a `trying` intent, which is put back too.
 *
 * ## Claims, starts, lone ends and heartbeats of many agents: together
 * Those that come at about the same moment, or while those before are answered, share their commands (`gathering.ts`): a
 * server costs the database as much for many workers as for one. Claims of workers that look for the same share what is found.
 * Of a heartbeat leases are renewed, and of Launches that are RUNNING the sign of life is written, each conditional on that
 * state; nothing depends on the order, and each may be repeated.
 *
 * ## Addition: see `addition.ts`. Deletion: see `deletion.ts`.
 *
 * ## Python between any two of our steps
 * Under the lock Python waits, and what it does without it are claims and starts, which the contest is for. Outside the lock
 * (claims, starts) our writes of Fireworks and Launches are conditional on the very state and Launch. A lock that was broken
 * under its owner stops that owner: it writes only while a quarter of the lock's time is left, by the clock of its process.
 */

/** A Store in an open FireWorks database; it closes the connection. */
export function mongoStore(opened: MongoConnection): Store {
  const turns = new Turns();
  const identity = rememberedIdentity(opened);
  const { present, inOneLife } = keptToLives(opened);
  const told: Told = (call) =>
    explained(opened.settings.location, () =>
      inOneLife(async (connection) => {
        await endLeftLocks(connection);
        return call(connection);
      }),
    );
  const notUrgent = { everyMilliseconds: 50 };
  const heartbeat = gathered((requests: Heartbeat[]) => takeHeartbeats(present(), requests), notUrgent);
  const look = gathered(async (gaps: number[]) => {
    const watchedSeconds = await watch(present(), Math.min(...gaps));
    return gaps.map(() => ({ watchedSeconds }));
  }, notUrgent);
  const claim = gathered((requests: StoreClaim[]) => claimReady(present(), requests), {
    weight: ({ count }) => count,
  });
  const start = gathered((requests: StartLaunches[]) => startLaunches(present(), requests), {
    weight: ({ starts }) => starts.length,
  });
  const end = gathered((endings: Ending[]) => endTogether(present(), endings), {
    weight: ({ starts }) => starts.size,
    most: 500,
  });
  const touch = (connection: MongoConnection, fwIds: ReturnType<typeof fwId>[]) =>
    decide(
      connection,
      { request: { key: null, seeds: { fwIds, launchIds: [] }, answer: () => '' }, turns },
      changeNothing,
    );
  return {
    identity: () => told(() => identity.ask()),
    close: () => opened.client.close(),
    stateChanges: () => (opened.isReplicated ? changeStream(opened) : null),

    addWorkflows: (request) => told((connection) => addWorkflows(connection, request)),
    deleteWorkflows: (request) => told((connection) => deleteWorkflows(connection, turns, request)),
    reset: ({ key }) =>
      told(async (connection) => {
        await resetDatabase(connection, key);
        identity.forget();
      }),

    findFireworks: (request) => told((connection) => findFireworks(connection, request)),
    findWorkflows: (request) => told((connection) => findWorkflows(connection, request)),
    findLaunches: (ids) => told((connection) => findLaunches(connection, ids)),
    findLaunchPlaces: (ids) => told((connection) => findLaunchPlaces(connection, ids)),
    findDuplicates: (id) => told((connection) => findDuplicates(connection, id)),

    parts: (seeds) => told((connection) => partsOf(connection, seeds)),
    decide: (request, decision) =>
      told(
        async (connection) =>
          (await decideLone(connection, { request, end }, decision)) ??
          (await decide(connection, { request, turns }, decision)),
      ),

    claim: (request) =>
      told((connection) =>
        request.fwId === undefined ? claim(request) : claimOne(connection, request, request.fwId),
      ),
    findOwners: (ids) => told((connection) => findOwners(connection, ids)),
    noteReservation: (request) => told((connection) => noteReservation(connection, request)),
    start: (request) =>
      told(async (connection) => {
        const { results, touched } = await start(request);
        if (touched.length > 0) await touch(connection, touched);
        return results;
      }),
    workFor: (fworker) => told((connection) => workFor(connection, fworker)),

    registerAgent: (agent) => told((connection) => registerAgent(connection, agent)),
    findAgent: (agentId) =>
      told(async (connection) => (await agentStandings(connection, agentId))[0] ?? null),
    findAgents: () =>
      told(async (connection) => {
        await forgetBeforeReset(connection);
        return agentStandings(connection);
      }),
    heartbeat: (request) => told(() => heartbeat(request)),
    forgetAgents: (agentIds) => told((connection) => forgetAgents(connection, agentIds)),

    noteImportFailure: (failure) => told((connection) => noteImportFailure(connection, failure)),

    putToken: (token) => told((connection) => putToken(connection, token)),
    findToken: (hash) => told((connection) => findToken(connection, hash)),
    findTokens: () => told((connection) => findTokens(connection)),
    revokeToken: (tokenId) => told((connection) => revokeToken(connection, tokenId)),

    putOffline: (runs) => told((connection) => putOffline(connection, runs)),
    findOffline: (ids) => told((connection) => findOffline(connection, ids)),
    closeOffline: (ids) => told((connection) => closeOffline(connection, ids)),
    forgetOffline: (request) => told((connection) => forgetOffline(connection, request)),

    findChains: () => told((connection) => findChains(connection)),
    saveChain: (request) => told((connection) => saveChain(connection, request)),

    ...mongoMaintenance(turns, told),

    takeUpkeep: (request) => told((connection) => takeUpkeep(connection, request)),
    leaveUpkeep: (holder) => told((connection) => leaveUpkeep(connection, holder)),
    watch: ({ maxGapSeconds }) => told(() => look(maxGapSeconds)),
    unfinished: () => told((connection) => finishUnfinished(connection)),
    prune: ({ olderThanSeconds }) => told((connection) => prune(connection, olderThanSeconds)),
  };
}

/** So long an answer counts as who the launchpad is; another program may reset it. */
const identityMilliseconds = 10_000;

/** Who the launchpad is. A report of a Launch from before a reset has no token any more, so a short memory is harmless. */
function rememberedIdentity({ db, settings }: MongoConnection): {
  ask(): Promise<LaunchPadIdentity>;
  forget(): void;
} {
  let known: { identity: LaunchPadIdentity; until: number } | null = null;
  return {
    async ask() {
      if (known && known.until > performance.now()) return known.identity;
      const asked = await identify(db, settings.location);
      known = { identity: asked, until: performance.now() + identityMilliseconds };
      return asked;
    },
    forget() {
      known = null;
    },
  };
}
