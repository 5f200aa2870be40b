import type { StartLaunches, StartResult } from '@skyrocket/contract/running';
import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import type { RememberedClaim } from './claim-memory.ts';
import type { MongoConnection, OwnDocument } from './connection.ts';
import { integerOf, launchIdsOf, stateOf } from './documents.ts';
import { findLaunches } from './find-launches.ts';

export type Start = StartLaunches['starts'][number];

/** A Launch that is to be started, as it was when it was looked at. */
export interface Starting {
  request: StartLaunches;
  start: Start;
  launch: LaunchRecord | undefined;
  claim: OwnDocument<number> | undefined;
  maker: Holder | undefined;
  /** Other Fireworks that hold the Launch. */
  sharers: Holder[];
  /** How it was claimed, if this process did that. */
  remembered?: RememberedClaim | undefined;
}

export interface Holder {
  fwId: FwId;
  state: State;
  launches: LaunchId[];
}

/** How the Launches are that are to be started: as this process remembers all of them, else as they are stored. */
export async function lookAtStarts(connection: MongoConnection, request: StartLaunches): Promise<Starting[]> {
  return recall(connection, request) ?? (await look(connection, request));
}

/** What this process claimed itself a moment ago, if that is all that is to be started. */
function recall({ claims }: MongoConnection, request: StartLaunches): Starting[] | null {
  const { agentId, starts } = request;
  const remembered = claims.takeClaims(
    agentId,
    starts.map((start) => start.launchId),
  );
  if (!remembered) return null;
  return starts.map((start) => {
    const own = remembered.get(start.launchId);
    const launch = own?.launch;
    const maker = launch && { fwId: launch.fwId, state: 'RESERVED' as const, launches: [launch.launchId] };
    const claim = { _id: Number(start.launchId), agent: agentId };
    return { request, start, launch, claim, maker, sharers: [], remembered: own };
  });
}

async function look(connection: MongoConnection, request: StartLaunches): Promise<Starting[]> {
  const { starts } = request;
  const ids = starts.map((start) => start.launchId);
  const [launches, claims, holders] = await Promise.all([
    findLaunches(connection, ids, 'without-actions'),
    connection.starts.find({ _id: { $in: [...ids] } }).toArray(),
    holdersOf(connection, ids),
  ]);
  return starts.map((start) => {
    const launch = launches.find((one) => one.launchId === start.launchId);
    const holding = holders.filter((holder) => holder.launches.includes(start.launchId));
    return {
      request,
      start,
      launch,
      claim: claims.find((claim) => claim._id === start.launchId),
      maker: holding.find((holder) => holder.fwId === launch?.fwId),
      sharers: holding.filter((holder) => holder.fwId !== launch?.fwId),
    };
  });
}

export async function holdersOf({ fireworks }: MongoConnection, ids: LaunchId[]): Promise<Holder[]> {
  const found = await fireworks
    .find({ launches: { $in: [...ids] } }, { projection: { _id: 0, fw_id: 1, state: 1, launches: 1 } })
    .toArray();
  return found.map((document) => ({
    fwId: fwId(integerOf(document.fw_id)),
    state: stateOf(document.state),
    launches: launchIdsOf(document.launches),
  }));
}

/** The result where nothing is to be written; null where the Launch may be started. */
export function foregone({ request, start, launch, claim, maker }: Starting): StartResult | null {
  const { launchId: id, token } = start;
  if (!launch) return refused(id, 'the Launch was deleted');
  const startedOn = launch.history.findLast((entry) => entry.state === 'RUNNING')?.createdOn;
  if (launch.state === 'RUNNING' && claim?.token === token && startedOn !== undefined && maker) {
    return { launchId: id, outcome: 'started', at: startedOn };
  }
  if (!maker) return refused(id, 'the Launch was taken back (its Firework was rerun or deleted)');
  if (launch.state !== 'RESERVED') return refused(id, `the Launch is ${launch.state}, not RESERVED`);
  if (claim?.agent !== request.agentId) return refused(id, 'another agent holds the Launch');
  const heldToken: unknown = claim.token ?? null;
  if (heldToken !== null && heldToken !== token)
    return refused(id, 'the Launch was started by another worker, it is RUNNING');
  // RUNNING with a RESERVED Launch: an earlier attempt of this very start came so far.
  const mayGoOn = maker.state === 'RESERVED' || (maker.state === 'RUNNING' && heldToken === token);
  return mayGoOn ? null : refused(id, `its Firework is ${maker.state}, not RESERVED`);
}

export function refused(id: LaunchId, reason: string): StartResult {
  return { launchId: id, outcome: 'refused', reason };
}
