import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { addWorkflows, appendToWorkflow } from './adding.ts';
import { findAgent, registerAgent, signOff, takeHeartbeat } from './agents.ts';
import { claimFireworks } from './claiming.ts';
import { type LeaseTerms, leaseTerms } from './lease-terms.ts';
import { maintenance } from './maintenance.ts';
import { findOffline, registerOffline, tellOffline } from './offline.ts';
import { dumpWorkflow, findFireworks, findRuntimes, findWorkflows } from './questions.ts';
import { releaseLaunches } from './releasing.ts';
import { reportLaunches } from './reporting.ts';
import { cancelReservations, reserveFirework } from './reservations.ts';
import type { Store } from './store/store.ts';
import { createToken, revokeToken } from './tokens.ts';
import { doUpkeep, findDeadAgents } from './upkeep.ts';
import { userDecisions } from './user-decisions.ts';

/** The LaunchPad in process, over a Store; it closes the Store. */
export function storeLaunchPad(store: Store, terms: LeaseTerms = leaseTerms): LaunchPad {
  return {
    identity: () => store.identity(),
    close: () => store.close(),
    stateChanges: () => store.stateChanges(),

    addWorkflows: async (request) => addWorkflows(store, request),
    appendWorkflow: (request) => appendToWorkflow(store, request),
    deleteWorkflows: (request) => store.deleteWorkflows(request),
    reset: (request) => store.reset(request),

    findFireworks: (request) => findFireworks(store, request),
    findWorkflows: (request) => findWorkflows(store, request),
    findLaunches: async ({ launchIds }) => ({ launches: await store.findLaunches(launchIds) }),
    dumpWorkflow: (request) => dumpWorkflow(store, request),

    ...userDecisions(store),
    ...maintenance(store, terms),

    registerAgent: (request) => registerAgent(store, terms, request),
    findAgent: (request) => findAgent(store, request),
    heartbeat: (request) => takeHeartbeat(store, terms, request),
    signOff: (request) => signOff(store, request),
    async claim(request) {
      const { claims, exhausted } = await claimFireworks(store, terms, request);
      return { claims, exhausted };
    },
    start: async (request) => ({ results: await store.start(request) }),
    report: (request) => reportLaunches(store, request),
    release: (request) => releaseLaunches(store, request),
    workFor: ({ fworker }) => store.workFor(fworker),

    reserve: (request) => reserveFirework(store, terms, request),
    noteReservation: async (request) => ({ noted: await store.noteReservation(request) }),
    findOwners: async ({ launchIds }) => ({ owners: await store.findOwners(launchIds) }),
    cancelReservations: (request) => cancelReservations(store, request),
    runtimes: (request) => findRuntimes(store, request),
    registerOffline: (request) => registerOffline(store, request),
    findOffline: () => findOffline(store),
    tellOffline: (request) => tellOffline(store, request),
    forgetOffline: async (request) => ({ forgotten: await store.forgetOffline(request) }),
    findChains: async () => ({ chains: await store.findChains() }),
    saveChain: async (request) => ({ saved: await store.saveChain(request) }),

    deadAgents: (request) => findDeadAgents(store, terms, request),
    upkeep: (request) => doUpkeep(store, terms, request),

    createToken: (request) => createToken(store, request),
    findToken: async ({ hash }) => ({ token: await store.findToken(hash) }),
    listTokens: async () => ({ tokens: await store.findTokens() }),
    revokeToken: (request) => revokeToken(store, request),
  };
}
