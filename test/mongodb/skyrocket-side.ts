import type { AgentId, StartToken } from '@skyrocket/contract/agents';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { silentLog } from '@skyrocket/contract/log';
import type { Claim, ClaimOrder } from '@skyrocket/contract/running';
import { type MongoPlace, openMongoLaunchPad } from '@skyrocket/launchpad/open-mongodb';
import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { actionFromDocument } from '@skyrocket/model/action-document';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { Checkpoint, FWorker } from '@skyrocket/model/records';
import { timestamp } from '@skyrocket/model/timestamp';
import { fromPlain } from '@skyrocket/model/user-data';
import { newWorkflowFromDocument } from '@skyrocket/model/workflow-document';

/** A LaunchPad on MongoDB and a worker that runs no tasks, in the process of the test. */
export interface SkyrocketSide {
  launchpad: LaunchPad;
  add(workflow: unknown): Promise<FwId[]>;
  /** Claims by id and starts. @throws Error when it is not this worker's to start */
  start(id: number): Promise<LaunchId>;
  /** Claims what is best for a worker and starts it; null when nothing is there for it. */
  startBest(worker: FWorker, order: ClaimOrder): Promise<LaunchId | null>;
  /** Claims and starts so many, which others that claim at the same time must leave to it. */
  startMany(count: number): Promise<LaunchId[]>;
  /** Tells that a Launch goes on, and how far it is. */
  ping(launch: LaunchId, checkpoint: Checkpoint): Promise<void>;
  complete(launch: LaunchId, action?: unknown, state?: 'COMPLETED' | 'FIZZLED'): Promise<string>;
  /** Completes Launches by one call, with their actions where they have any. @returns what each report was answered */
  completeMany(launches: LaunchId[], actions?: unknown[]): Promise<string[]>;
  /** Claims, starts and completes what is READY until nothing is, in batches. @returns the Fireworks in their order */
  runMany(batch: number): Promise<FwId[]>;
  close(): Promise<void>;
}

export const fworker: FWorker = { name: 'worker', category: '', query: new Map(), env: new Map() };

export function placeOf(uri: string, name: string): MongoPlace {
  const nothing = { username: null, password: null, authSource: null, clientOptions: new Map() };
  return {
    host: uri,
    port: 27017,
    name,
    uriMode: true,
    ...nothing,
    userIndices: [],
    workflowUserIndices: [],
  };
}

export async function startSkyrocketSide(
  uri: string,
  database: string,
  worker = 'a',
): Promise<SkyrocketSide> {
  const launchpad = await openMongoLaunchPad({ place: placeOf(uri, database), log: silentLog });
  const agentId = `${worker}-${crypto.randomUUID()}` as AgentId;
  const here = { host: 'node01', ip: '10.0.0.1' };
  const identity = { pid: process.pid, processStart: 'test', journal: '/spool', version: '0.1.0' };
  await launchpad.registerAgent({ agentId, fworker, ...here, ...identity });
  const key = () => crypto.randomUUID();
  const insist = <T>(call: () => Promise<T>) => insistently(call);
  const tokenOf = (launch: LaunchId) => `${agentId} ${launch}` as StartToken;
  const claim = async (count: number, what: Partial<Pick<Claim, 'fwId' | 'order' | 'fworker'>> = {}) => {
    const worker = what.fworker ?? fworker;
    const request: Claim = { key: key(), agentId, fworker, order: 'any', count, withoutTasks: [], ...what };
    const { claims } = await insist(() => launchpad.claim(request));
    const starts = claims.map(({ launchId }) => ({
      launchId,
      token: tokenOf(launchId),
      launchDir: '/launches',
    }));
    if (starts.length === 0) return [];
    const { results } = await insist(() =>
      launchpad.start({ key: key(), agentId, fworker: worker, ...here, starts }),
    );
    const started = new Set(results.filter((one) => one.outcome === 'started').map((one) => one.launchId));
    return claims.filter((one) => started.has(one.launchId));
  };
  const report = async (ends: { launchId: LaunchId; action: FWAction; state: 'COMPLETED' | 'FIZZLED' }[]) => {
    const { uuid } = await insist(() => launchpad.identity());
    const reports = ends.map((end) => ({
      ...end,
      launchpad: uuid,
      token: tokenOf(end.launchId),
      endedOn: timestamp(Date.now()),
    }));
    const { results } = await insist(() => launchpad.report({ key: key(), reports }));
    return results.map((one) => one.outcome);
  };
  return {
    launchpad,
    async add(workflow) {
      const { idMaps } = await launchpad.addWorkflows({
        key: key(),
        workflows: [newWorkflowFromDocument(fromPlain(workflow))],
      });
      return idMaps.flatMap((ids) => [...ids.values()]);
    },
    async start(id) {
      const [claimed] = await claim(1, { fwId: fwId(id) });
      if (!claimed) throw new Error(`Firework ${id} cannot be started`);
      return claimed.launchId;
    },
    async startBest(worker, order) {
      const [claimed] = await claim(1, { fworker: worker, order });
      return claimed?.launchId ?? null;
    },
    async startMany(count) {
      const started: LaunchId[] = [];
      while (started.length < count) {
        const claimed = await claim(count - started.length);
        started.push(...claimed.map(({ launchId }) => launchId));
      }
      return started;
    },
    async ping(launchId, checkpoint) {
      await launchpad.heartbeat({ agentId, pings: [{ launchId, token: tokenOf(launchId), checkpoint }] });
    },
    async complete(launchId, action = {}, state = 'COMPLETED') {
      const [outcome] = await report([{ launchId, action: actionFromDocument(fromPlain(action)), state }]);
      return String(outcome);
    },
    completeMany: (launches, actions = []) =>
      report(launches.map((launch, n) => completed(launch, actionFromDocument(fromPlain(actions[n] ?? {}))))),
    async runMany(batch) {
      const ran: FwId[] = [];
      for (;;) {
        const claimed = await claim(batch);
        if (claimed.length === 0) return ran;
        ran.push(...claimed.map((one) => one.firework.fwId));
        await report(claimed.map(({ launchId }) => completed(launchId)));
      }
    },
    close: () => launchpad.close(),
  };
}

const completed = (launchId: LaunchId, action = emptyAction()) => ({
  launchId,
  action,
  state: 'COMPLETED' as const,
});

/** As a worker does in an outage: what a launchpad that does not answer may have missed is told again. */
async function insistently<T>(call: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isSkyrocketError(error) || error.code !== 'STORE_UNAVAILABLE' || Date.now() > deadline)
        throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
