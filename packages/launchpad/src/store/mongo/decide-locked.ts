import type { AgentId, StartToken } from '@skyrocket/contract/agents';
import type { Change, Decision, FireworkChange } from '@skyrocket/model/change';
import { type FwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { Decided, DecisionRequest, LeasedLaunch, View } from '../store.ts';
import { answerGiven } from './answers.ts';
import { planChange } from './change-plan.ts';
import type { RememberedStart } from './claim-memory.ts';
import { commitChange } from './commit.ts';
import type { MongoConnection } from './connection.ts';
import { dateOf } from './documents.ts';
import type { RememberedAnswer } from './intents.ts';
import { type Lock, makeOrdinary, unlock } from './locks.ts';
import { NeighbourhoodLoader } from './neighbourhood-loader.ts';
import { isFounded } from './sketched-documents.ts';

/** A request whose Workflows are locked. */
export interface Locked<Outcome> {
  lock: Lock;
  request: DecisionRequest<Outcome>;
  /** The seeds, and the Fireworks that made the Launches among them. */
  fwIds: FwId[];
}

/**
 * Decides under a lock that is held, and releases it; but when a write fails, what was begun is left to be recovered.
 * @returns `contested` when a claim or a start was faster: it is to be decided again
 */
export async function decideLocked<Outcome>(
  connection: MongoConnection,
  { lock, request, fwIds }: Locked<Outcome>,
  decision: (view: View) => Decision<Outcome>,
): Promise<Decided<Outcome> | 'contested'> {
  const begun = await beforeWriting(connection, lock, async () => {
    const given = request.key === null ? null : await answerGiven(connection, request.key);
    if (given !== null) return { given };
    const remembered = connection.claims.takeStarts(request.seeds.launchIds, 'others');
    const of = { lock, request, fwIds, remembered };
    const thought = await think(connection, of, decision);
    const needed = isOfEndsOnly(thought) ? 'ends' : 'any';
    const isMore = lock.use === 'ends' && needed === 'any';
    if (isMore || (isReport(request) && needed === 'ends'))
      for (const workflow of lock.asked) connection.homes.rememberUse(workflow, needed);
    if (!isMore) return { thought };
    await makeOrdinary(connection, lock);
    return { thought: await think(connection, of, decision) };
  });
  if (begun.given !== undefined) {
    await unlock(connection, lock);
    return { repeated: true, answer: begun.given };
  }
  return write(connection, lock, { request, thought: begun.thought });
}

/** What was decided, and what it is based on. */
interface Thought<Outcome> {
  loader: NeighbourhoodLoader;
  view: View;
  change: Change;
  outcome: Outcome;
}

export const isReport = ({ key, expect }: Pick<DecisionRequest<unknown>, 'key' | 'expect'>): boolean =>
  key === null && expect === 'children';

/** Whether no more is changed than RUNNING Fireworks, which end, and what else was looked at cannot be started by anybody. */
function isOfEndsOnly({ loader, change }: Pick<Thought<unknown>, 'loader' | 'change'>): boolean {
  const isEnd = ({ state, ...more }: FireworkChange) =>
    (state === 'COMPLETED' || state === 'FIZZLED') && Object.keys(more).length === 0;
  const isMore = change.added.length > 0 || change.links.length > 0;
  if (isMore || ![...change.fireworks.values()].every(isEnd)) return false;
  return [...loader.loaded.values()].every(
    ({ fwId, document }) => document.get('state') === (change.fireworks.has(fwId) ? 'RUNNING' : 'WAITING'),
  );
}

/** Loads and asks until the decision is made, from the start where a join turned out to need a closer look. */
async function think<Outcome>(
  connection: MongoConnection,
  { lock, request, fwIds, remembered: known }: Locked<Outcome> & Pick<Seeds, 'remembered'>,
  decision: (view: View) => Decision<Outcome>,
): Promise<Thought<Outcome>> {
  const locked = new Set(lock.asked);
  const exact = new Set<FwId>();
  for (let attempt = 1; ; attempt++) {
    const loader = new NeighbourhoodLoader(connection, locked, exact);
    if (lock.seen) await loader.structures.takeSeen(lock.seen);
    const remembered = attempt === 1 ? known : null;
    const launches = await loadSeeds(connection, loader, { request, fwIds, remembered });
    const view = { neighbourhood: loader.neighbourhood, launches, now: connection.now() };
    const { change, outcome } = await ask(loader, view, decision);
    if (!isFounded(loader, change)) continue;
    const doubtful = [...loader.waitingFor].filter(([, open]) =>
      open.every((id) => change.fireworks.has(id)),
    );
    if (doubtful.length === 0) return { loader, view, change, outcome };
    for (const [join] of doubtful) exact.add(join);
  }
}

async function ask<Outcome>(
  loader: NeighbourhoodLoader,
  view: View,
  decision: (view: View) => Decision<Outcome>,
): Promise<Extract<Decision<Outcome>, { kind: 'change' }>> {
  for (;;) {
    const decided = decision(view);
    if (decided.kind === 'change') return decided;
    await loader.satisfy(decided.needs);
  }
}

interface Seeds {
  request: Pick<DecisionRequest<unknown>, 'seeds' | 'expect'>;
  fwIds: FwId[];
  /** All of the Launches, if this process started them a moment ago. */
  remembered: ReadonlyMap<LaunchId, RememberedStart> | null;
}

async function loadSeeds(
  connection: MongoConnection,
  loader: NeighbourhoodLoader,
  { request, fwIds, remembered }: Seeds,
): Promise<Map<LaunchId, LeasedLaunch>> {
  const { launchIds } = request.seeds;
  for (const { launch } of remembered?.values() ?? []) loader.rememberLaunch(launch);
  const starts = remembered?.size === fwIds.length ? [...remembered.values()] : [];
  const [holders] = await Promise.all([
    remembered ?? findHolders(connection, launchIds),
    loader.loadLaunches(launchIds),
    request.expect === 'children' ? loader.loadWithChildren(fwIds, starts) : loader.loadNodes(fwIds),
  ]);
  return new Map(
    launchIds.flatMap((id): [LaunchId, LeasedLaunch][] => {
      const { agentId = null, token = null } = holders.get(id) ?? {};
      return loader.launches.has(id) ? [[id, { ...standingOf(loader, id), agentId, token }]] : [];
    }),
  );
}

/** Who holds each Launch. */
async function findHolders(
  { starts }: MongoConnection,
  ids: readonly LaunchId[],
): Promise<Map<LaunchId, Pick<LeasedLaunch, 'agentId' | 'token'>>> {
  const found = ids.length === 0 ? [] : await starts.find({ _id: { $in: [...ids] } }).toArray();
  return new Map(
    found.map(({ _id, agent, token }) => [launchId(_id), { agentId: agentOf(agent), token: tokenOf(token) }]),
  );
}

/**
 * A Launch that has ended while its Firework is still RUNNING, or RESERVED for it alone, has been told but not applied: a
 * crash came between. It counts as RUNNING, so that the report that is told again applies it.
 */
function standingOf(
  { launches, neighbourhood }: NeighbourhoodLoader,
  id: LaunchId,
): Pick<LeasedLaunch, 'launchId' | 'fwId' | 'state' | 'active'> {
  const launch = launches.get(id);
  if (!launch) throw new Error(`Launch ${id} is not there`);
  const maker = neighbourhood.nodes.get(launch.fwId);
  const active = maker?.launches.some((held) => held.launchId === id) === true;
  const ended = launch.state === 'COMPLETED' || launch.state === 'FIZZLED';
  const isUntold = maker?.state === 'RUNNING' || (maker?.state === 'RESERVED' && maker.launches.length === 1);
  const state = active && ended && isUntold ? 'RUNNING' : launch.state;
  return { launchId: id, fwId: launch.fwId, state, active };
}

/** The agent that a member of a document names. */
export function agentOf(value: unknown): AgentId | null {
  return typeof value === 'string' ? (value as AgentId) : null;
}

/** Stands where the token of a start would: the Launch has run without a launchpad, and nobody may start it. */
export const runOffline = 'offline';

/** The token that a member of a document is. */
export function tokenOf(value: unknown): StartToken | null {
  return typeof value === 'string' && value !== runOffline ? (value as StartToken) : null;
}

async function write<Outcome>(
  connection: MongoConnection,
  lock: Lock,
  { request, thought }: { request: DecisionRequest<Outcome>; thought: Thought<Outcome> },
): Promise<Decided<Outcome> | 'contested'> {
  const { loader, view, change, outcome } = thought;
  const { plan, ids } = await beforeWriting(connection, lock, () =>
    planChange(connection, {
      change,
      loader,
      now: view.now,
      named: request.key === null ? null : new Set(request.seeds.fwIds),
      use: lock.use,
    }),
  );
  const answer: RememberedAnswer | null =
    request.key === null
      ? null
      : { key: request.key, text: request.answer(outcome, ids), on: dateOf(view.now) };
  const written = await commitChange(connection, lock, { change, loader, plan, answer });
  if (written === 'written') return { repeated: false, outcome, ids };
  await unlock(connection, lock);
  return 'contested';
}

/** Runs what writes nothing yet; when it fails, nothing but the lock is to be taken back. */
async function beforeWriting<T>(connection: MongoConnection, lock: Lock, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // If the database does not answer, who holds the lock ends it later (left-locks.ts); what is told is why the work failed.
    await unlock(connection, lock).catch(() => {});
    throw error;
  }
}
