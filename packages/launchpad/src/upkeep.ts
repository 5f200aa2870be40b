import type { AgentId } from '@skyrocket/contract/agents';
import type { Keyed } from '@skyrocket/contract/keyed';
import type { DeadAgent, UpkeepReport } from '@skyrocket/contract/upkeep';
import { fizzleLostLaunches, type LostLaunch } from '@skyrocket/model/decisions/lost-launches';
import { refreshFireworks } from '@skyrocket/model/decisions/refresh';
import { decideInParts, withOutcome } from './deciding.ts';
import type { LeaseTerms } from './lease-terms.ts';
import { declareSilentLost, findSilent } from './lost-runs.ts';
import { releaseUnstarted } from './releasing.ts';
import { cancelStaleReservations } from './reservations.ts';
import { isGoneHere, thisProcess } from './store/holder-process.ts';
import type { AgentStanding, Store } from './store/store.ts';

/**
 * Upkeep finds workers that are dead, and what they left behind.
 *
 * An agent is dead when its process is gone on the launchpad's own host, or when it was silent for a whole lease while the
 * launchpad was watched without a gap (after a stop of everything, nobody can have renewed anything). It is done in two
 * calls by one holder of the right to do it: `deadAgents` names the dead, then the caller tells their journals as far as it
 * can read them, then `upkeep` gives back what was never started and declares lost what ran and will not be told.
 * A dead agent whose journal the caller cannot read keeps its RUNNING Launches until its lease has run out.
 *
 * Launches of other programs have no lease: they are lost by FireWorks' rule (`lost-runs.ts`), but for those that run
 * without a launchpad. As with a lease, silence counts only while the launchpad was watched: after a stop of everything,
 * nobody can have touched anything. `lpad admin maintain`, which a person asks for, applies that rule without waiting.
 *
 * Every step may be repeated, and a crash between two of them leaves only work for the next round.
 */

interface Death {
  agent: AgentStanding;
  reason: string;
  /** By its silence; else its process is gone, which is known at once. */
  leaseEnded: boolean;
}

export async function findDeadAgents(
  store: Store,
  terms: LeaseTerms,
  { key, notWithinSeconds = 0 }: Keyed & { notWithinSeconds?: number },
): Promise<{ agents: DeadAgent[]; heldByAnother: boolean }> {
  const right = { holder: key, process: thisProcess(), seconds: terms.upkeepSeconds, notWithinSeconds };
  if (!(await store.takeUpkeep(right))) {
    return { agents: [], heldByAnother: true };
  }
  const { deaths } = await findDeaths(store, terms);
  const agents = deaths.map(({ agent, reason }) => ({
    agentId: agent.agentId,
    reason,
    host: agent.host,
    journal: agent.journal,
    launches: agent.launches.map((launch) => launch.launchId),
  }));
  return { agents, heldByAnother: false };
}

export async function doUpkeep(
  store: Store,
  terms: LeaseTerms,
  { key, told }: Keyed & { told: AgentId[] },
): Promise<UpkeepReport> {
  const report: UpkeepReport = { lost: [], released: [], finished: 0 };
  const right = { holder: key, process: thisProcess(), seconds: terms.upkeepSeconds };
  if (!(await store.takeUpkeep(right))) return report;
  const { deaths, watchedSeconds } = await findDeaths(store, terms);
  for (const death of deaths) {
    report.released.push(...(await releaseClaims(store, death)));
    const isTold = death.leaseEnded || told.includes(death.agent.agentId);
    if (isTold) report.lost.push(...(await declareLost(store, death)));
  }
  await store.forgetAgents(deaths.map(({ agent }) => agent.agentId));
  if (watchedSeconds >= terms.runExpirationSeconds) report.lost.push(...(await declareExpired(store, terms)));
  report.released.push(...(await cancelStaleReservations(store, terms)));
  report.finished = await finishUnfinished(store);
  await store.prune({ olderThanSeconds: terms.memorySeconds });
  await store.leaveUpkeep(key);
  return report;
}

async function findDeaths(
  store: Store,
  terms: LeaseTerms,
): Promise<{ deaths: Death[]; watchedSeconds: number }> {
  const { watchedSeconds } = await store.watch({ maxGapSeconds: terms.watchGapSeconds });
  const agents = await store.findAgents();
  return { deaths: agents.flatMap((agent) => deathOf(agent, watchedSeconds, terms) ?? []), watchedSeconds };
}

function deathOf(agent: AgentStanding, watchedSeconds: number, { leaseSeconds }: LeaseTerms): Death | null {
  const { fworker, host, pid, silentSeconds } = agent;
  const worker = `worker ${JSON.stringify(fworker.name)} (process ${pid} on ${host})`;
  if (silentSeconds > leaseSeconds && watchedSeconds >= leaseSeconds) {
    const reason = `${worker} was not heard of for ${Math.round(silentSeconds)} seconds`;
    return { agent, reason, leaseEnded: true };
  }
  return isGoneHere(agent) ? { agent, reason: `${worker} is gone`, leaseEnded: false } : null;
}

function releaseClaims(store: Store, { agent, reason }: Death): Promise<UpkeepReport['released']> {
  const launchIds = agent.launches
    .filter((launch) => launch.state === 'RESERVED')
    .map((launch) => launch.launchId);
  return releaseUnstarted(store, { agentId: agent.agentId, launchIds, reason: `The ${reason}.` });
}

async function declareLost(store: Store, { agent, reason }: Death): Promise<UpkeepReport['lost']> {
  const launchIds = agent.launches
    .filter((launch) => launch.state === 'RUNNING')
    .map((launch) => launch.launchId);
  const outcomes = await decideInParts(
    store,
    { key: null, seeds: { fwIds: [], launchIds } },
    (view, part) => {
      const launches = part.launchIds.flatMap((launchId): LostLaunch[] => {
        const launch = view.launches.get(launchId);
        if (!launch?.active || launch.agentId !== agent.agentId) return [];
        const { fwId, state } = launch;
        const how = {
          reason: `The ${reason}.`,
          afterwards: 'stop',
          ...(agent.job && { job: agent.job }),
        } as const;
        return [{ launchId, fwId, recorded: state, ...how }];
      });
      return withOutcome(
        fizzleLostLaunches(view.neighbourhood, { launches, now: view.now }),
        ({ lost }) => lost,
      );
    },
  );
  return outcomes.flat();
}

/** Launches of other programs of which nothing was heard. */
async function declareExpired(store: Store, terms: LeaseTerms): Promise<UpkeepReport['lost']> {
  const silent = await findSilent(store, terms, terms.runExpirationSeconds);
  if (silent.length === 0) return [];
  const offline = new Set((await store.findOffline()).map(({ launchId }) => launchId));
  const online = silent.filter(({ launchId }) => !offline.has(launchId));
  const launchIds = online.map(({ launchId }) => launchId);
  const silence = { key: null, launchIds, silent: online, afterwards: 'stop' } as const;
  return (await declareSilentLost(store, silence)).lost;
}

async function finishUnfinished(store: Store): Promise<number> {
  const fwIds = await store.unfinished();
  const outcomes = await decideInParts(store, { key: null, seeds: { fwIds, launchIds: [] } }, (view, part) =>
    withOutcome(refreshFireworks(view.neighbourhood, { fwIds: part.fwIds }), () => part.fwIds.length),
  );
  return outcomes.reduce((sum, count) => sum + count, 0);
}
