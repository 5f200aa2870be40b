import type { Document } from 'mongodb';
import type { WorkflowsToImport } from '../maintenance-store.ts';
import type { MongoConnection } from './connection.ts';
import { integerOf } from './documents.ts';

/** Which ids of a source are kept. */
export interface KeptIds {
  fwIdsBelow: number;
  launchIdsBelow: number;
}

const none: KeptIds = { fwIdsBelow: 0, launchIdsBelow: 0 };

/**
 * Decided when the first Workflow of a source comes: a launchpad that has never given an id takes over those of the source,
 * by setting its counters beyond them. That it is about to do so is written down first, so that a crash between the two is
 * told from ids that another program has drawn.
 */
export async function keptIds(
  connection: MongoConnection,
  source: WorkflowsToImport['source'],
): Promise<KeptIds> {
  const { imports, idAssigner } = connection;
  const unused = { next_fw_id: 1, next_launch_id: 1 };
  const isUnused = (await idAssigner.findOne(unused)) !== null;
  const wanted = isUnused ? { fwIdsBelow: source.nextFwId, launchIdsBelow: source.nextLaunchId } : none;
  const known = await imports.findOneAndUpdate(
    { _id: source.launchpad },
    { $setOnInsert: { phase: isUnused ? 'deciding' : 'decided', ...wanted } },
    { upsert: true, returnDocument: 'after' },
  );
  if (known?.phase !== 'deciding') return keptIdsOf(known);
  const kept = keptIdsOf(known);
  const taken = await idAssigner.updateOne(unused, {
    $set: { next_fw_id: kept.fwIdsBelow, next_launch_id: kept.launchIdsBelow },
  });
  const isOurs = taken.matchedCount === 1 || (await holdsNothing(connection));
  const decided = isOurs ? kept : none;
  if (isOurs) {
    await idAssigner.updateOne(
      {},
      { $max: { next_fw_id: kept.fwIdsBelow, next_launch_id: kept.launchIdsBelow } },
    );
  }
  await imports.updateOne({ _id: source.launchpad }, { $set: { phase: 'decided', ...decided } });
  return decided;
}

const keptIdsOf = (known: Document | null): KeptIds => ({
  fwIdsBelow: integerOf(known?.fwIdsBelow),
  launchIdsBelow: integerOf(known?.launchIdsBelow),
});

async function holdsNothing({ fireworks, launches }: MongoConnection): Promise<boolean> {
  const first = { projection: { _id: 1 } };
  return (await fireworks.findOne({}, first)) === null && (await launches.findOne({}, first)) === null;
}
