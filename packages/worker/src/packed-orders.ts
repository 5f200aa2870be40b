import type { FireworkRecord, LaunchRecord } from '@skyrocket/model/records';
import type { FileOrder } from './file-orders.ts';

/**
 * Orders as they are sent to a thread: what many Launches have in common is sent once, and without the names of
 * members, which are copied, and made anew there, for each object.
 */
export type PackedOrder = Exclude<FileOrder, { make: 'FW.json' }> | PackedDocument;

type PackedDocument = readonly [path: string, firework: PackedFirework, launches: PackedLaunch[]];

type PackedFirework = readonly [
  fwId: FireworkRecord['fwId'],
  name: string,
  state: FireworkRecord['state'],
  spec: FireworkRecord['spec'],
  launches: FireworkRecord['launches'],
  archivedLaunches: FireworkRecord['archivedLaunches'],
  createdOn: FireworkRecord['createdOn'],
  updatedOn: FireworkRecord['updatedOn'],
];

type PackedLaunch = readonly [
  launchId: LaunchRecord['launchId'],
  fwId: LaunchRecord['fwId'],
  launchDir: string,
  common: CommonOfLaunches,
];

type CommonOfLaunches = Omit<LaunchRecord, 'launchId' | 'fwId' | 'launchDir'>;

export function packOrders(orders: FileOrder[]): PackedOrder[] {
  const pack = launchPacker();
  return orders.map((order) =>
    order.make === 'FW.json' ? [order.path, packedFirework(order.firework), order.launches.map(pack)] : order,
  );
}

export function unpackOrder(packed: PackedOrder): FileOrder {
  if ('make' in packed) return packed;
  const [path, firework, launches] = packed;
  return {
    make: 'FW.json',
    path,
    firework: unpackedFirework(firework),
    launches: launches.map(unpackedLaunch),
  };
}

function packedFirework(firework: FireworkRecord): PackedFirework {
  const { fwId, name, state, spec, launches, archivedLaunches, createdOn, updatedOn } = firework;
  return [fwId, name, state, spec, launches, archivedLaunches, createdOn, updatedOn];
}

function unpackedFirework(packed: PackedFirework): FireworkRecord {
  const [fwId, name, state, spec, launches, archivedLaunches, createdOn, updatedOn] = packed;
  return { fwId, name, state, spec, launches, archivedLaunches, createdOn, updatedOn };
}

/** Member by member, which V8 does several times faster than to copy what it has received. */
function unpackedLaunch([launchId, fwId, launchDir, common]: PackedLaunch): LaunchRecord {
  const { state, fworker, host, ip, trackers, action, history } = common;
  return { launchId, fwId, state, fworker, host, ip, launchDir, trackers, action, history };
}

/** Launches that were started together follow each other, and share their objects. */
function launchPacker(): (launch: LaunchRecord) => PackedLaunch {
  let last: CommonOfLaunches | null = null;
  return (launch) => {
    const { launchId, fwId, launchDir } = launch;
    const common = last && isAlike(last, launch) ? last : commonOf(launch);
    last = common;
    return [launchId, fwId, launchDir, common];
  };
}

function commonOf({ launchId, fwId, launchDir, ...common }: LaunchRecord): CommonOfLaunches {
  return common;
}

function isAlike(a: CommonOfLaunches, b: LaunchRecord): boolean {
  return (
    a.history === b.history &&
    a.fworker === b.fworker &&
    a.state === b.state &&
    a.host === b.host &&
    a.ip === b.ip &&
    a.action === b.action &&
    a.trackers.length + b.trackers.length === 0
  );
}
