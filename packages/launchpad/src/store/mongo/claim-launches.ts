import { SkyrocketError } from '@skyrocket/model/errors';
import type { FwId } from '@skyrocket/model/ids';
import { trackersOfNewLaunch } from '@skyrocket/model/launch-document';
import { ObjectId } from 'mongodb';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { findCandidates } from './claim-candidates.ts';
import { nothing } from './claimed-launch.ts';
import type { MongoConnection } from './connection.ts';
import { fireworkFromDocument } from './documents.ts';
import { findRaw } from './raw-documents.ts';
import { repeatedClaim } from './repeated-claim.ts';
import { reserve } from './reserve.ts';
import { takeReserved } from './take-reserved.ts';

/** Claims what is READY, or one Firework by its id. */
export async function claimLaunches(connection: MongoConnection, request: StoreClaim): Promise<StoreClaimed> {
  if (request.fwId !== undefined) return claimOne(connection, request, request.fwId);
  return connection.claims.turns.take(['READY'], () => claimNext(connection, request));
}

async function claimNext(connection: MongoConnection, request: StoreClaim): Promise<StoreClaimed> {
  const reserved = await connection.claimTurns.begin(connection);
  try {
    const { candidates, exhausted } = await findCandidates(connection, request);
    if (candidates.length === 0) return (await repeatedClaim(connection, request)) ?? nothing;
    return await reserve(connection, request, { candidates, exhausted, reserved });
  } finally {
    await reserved();
  }
}

/** Claims one Firework by its id; one that is READY as any other, one that is RESERVED with its Launch. */
async function claimOne(connection: MongoConnection, request: StoreClaim, id: FwId): Promise<StoreClaimed> {
  const repeated = await repeatedClaim(connection, request);
  if (repeated) return repeated;
  const [document] = await findRaw(connection.fireworks, { fw_id: id });
  if (!document) {
    throw new SkyrocketError(
      'NOT_FOUND',
      `there is no Firework ${id} in the launchpad ${connection.settings.location}`,
    );
  }
  const firework = fireworkFromDocument(document);
  if (firework.state === 'RESERVED' && request.agentId !== null)
    return takeReserved(connection, request, firework);
  if (firework.state !== 'READY') return nothing;
  const trackers = trackersOfNewLaunch(firework.spec);
  const candidate = { _id: new ObjectId(String(document.get('_id'))), fwId: id, trackers };
  return reserve(connection, request, { candidates: [candidate], exhausted: true });
}
