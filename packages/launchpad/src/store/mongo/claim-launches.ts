import type { FwId } from '@skyrocket/model/ids';
import { trackersOfNewLaunch } from '@skyrocket/model/launch-document';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { ObjectId } from 'mongodb';
import { noSuchFirework, nothing, wayToClaim } from '../claimed.ts';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { type Candidate, findCandidates } from './claim-candidates.ts';
import type { MongoConnection } from './connection.ts';
import { fireworkFromDocument } from './documents.ts';
import { findRaw } from './raw-documents.ts';
import { repeatedClaim } from './repeated-claim.ts';
import { reserve, type Share } from './reserve.ts';
import { takeReserved } from './take-reserved.ts';

/**
 * Claims what is READY, for callers that came at about the same moment. Those that look for the same share what is found, the
 * first for each before the second for any; it costs the commands of one claim.
 */
export async function claimReady(
  connection: MongoConnection,
  requests: readonly StoreClaim[],
): Promise<StoreClaimed[]> {
  const claimed = new Map<StoreClaim, StoreClaimed>();
  for (const alike of groupsOf(requests)) {
    const results = await claimAlike(connection, alike);
    for (const [index, request] of alike.entries()) claimed.set(request, results[index] ?? nothing);
  }
  return requests.map((request) => claimed.get(request) ?? nothing);
}

/** A group: at least one. */
type Alike = readonly [StoreClaim, ...StoreClaim[]];

/** Those that look for the same, together. What is reserved for a job is claimed for itself. */
function groupsOf(requests: readonly StoreClaim[]): Alike[] {
  const groups = new Map<string, [StoreClaim, ...StoreClaim[]]>();
  for (const request of requests) {
    const { agentId, key, fworker, order, withoutTasks, withoutFireworks = [], resources = null } = request;
    const worker = [fworker.name, fworker.category, stringifyJson(fworker.query)];
    const alone = agentId === null ? key : null;
    const kind = JSON.stringify([worker, order, withoutTasks, withoutFireworks, resources, alone]);
    const group = groups.get(kind);
    if (group) group.push(request);
    else groups.set(kind, [request]);
  }
  return [...groups.values()];
}

async function claimAlike(connection: MongoConnection, alike: Alike): Promise<StoreClaimed[]> {
  const turn = await connection.claimTurns.begin(connection);
  try {
    const [first] = alike;
    const count = alike.reduce((sum, request) => sum + request.count, 0);
    const withoutFireworks = [...(first.withoutFireworks ?? []), ...turn.taken];
    const { candidates, exhausted } = await findCandidates(connection, { ...first, count, withoutFireworks });
    await turn.end(candidates.map((candidate) => candidate.fwId));
    const shares = deal(candidates, alike);
    const served = shares.filter((share) => share.candidates.length > 0);
    const claims = await reserve(connection, served, exhausted);
    return await Promise.all(
      shares.map(
        async (share) =>
          claims.get(share.request) ?? (await repeatedClaim(connection, share.request)) ?? nothing,
      ),
    );
  } finally {
    await turn.end([]);
  }
}

/** One to each, and again, until each has as many as it asked for. */
function deal(candidates: readonly Candidate[], requests: Alike): Share[] {
  const shares = requests.map((request): Share => ({ request, candidates: [] }));
  const open = shares.filter(({ request }) => request.count > 0);
  for (const candidate of candidates) {
    const share = open.shift();
    if (!share) break;
    share.candidates.push(candidate);
    if (share.candidates.length < share.request.count) open.push(share);
  }
  return shares;
}

/** Claims one Firework by its id. */
export async function claimOne(
  connection: MongoConnection,
  request: StoreClaim,
  id: FwId,
): Promise<StoreClaimed> {
  const repeated = await repeatedClaim(connection, request);
  if (repeated) return repeated;
  const [document] = await findRaw(connection.fireworks, { fw_id: id });
  if (!document) throw noSuchFirework(id, connection.settings.location);
  const firework = fireworkFromDocument(document);
  const way = wayToClaim(firework.state, request);
  if (way === 'take') return takeReserved(connection, request, firework);
  if (way === 'nothing') return nothing;
  const trackers = trackersOfNewLaunch(firework.spec);
  const candidate = { _id: new ObjectId(String(document.get('_id'))), fwId: id, trackers, lastLaunch: null };
  const claims = await reserve(connection, [{ request, candidates: [candidate] }], true);
  return claims.get(request) ?? (await repeatedClaim(connection, request)) ?? nothing;
}
