import type { StoredChain } from '@skyrocket/contract/chains';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { FWorker } from '@skyrocket/model/records';
import { workerFilter } from '@skyrocket/model/worker-filter';
import type { Bearer } from './bearer.ts';

/**
 * What the holder of a worker's token may touch of what is kept for jobs: what was made with this very token, and what is for the
 * FWorker that the token is bound to, whoever made it. Holders of other tokens may touch everything.
 */

type Launches = Pick<LaunchPad, 'findLaunches' | 'findOwners'>;

/** @throws SkyrocketError NOT_ALLOWED when one of these Launches was reserved for somebody else; unknown ones are passed over */
export async function refuseForeignLaunches(
  launchpad: Launches,
  bearer: Bearer,
  launchIds: LaunchId[],
): Promise<void> {
  if (bearer.role !== 'worker') return;
  const own = await ownLaunches(launchpad, bearer, launchIds);
  const foreign = launchIds.find((id) => own.get(id) === false);
  if (foreign === undefined) return;
  throw notOwn(bearer, `Launch ${foreign} was reserved`);
}

/** For each Launch that there is whether it is the bearer's own. */
export async function ownLaunches(
  launchpad: Launches,
  { tokenId, fworker: name }: Bearer,
  launchIds: LaunchId[],
): Promise<Map<LaunchId, boolean>> {
  const { launches } = await launchpad.findLaunches({ launchIds });
  const { owners } = await launchpad.findOwners({ launchIds });
  return new Map(
    launches.map(({ launchId, fworker }) => [
      launchId,
      owners.get(launchId) === tokenId || (name !== null && fworker.name === name),
    ]),
  );
}

/**
 * Claimed by its id, a Firework need not suit the worker; a worker's token is for those that do. What another worker's token
 * reserved is not taken over; what a user reserved is meant for the workers.
 * @throws SkyrocketError NOT_FOUND, NOT_ALLOWED
 */
export async function refuseForeignFirework(
  launchpad: Launches & Pick<LaunchPad, 'findFireworks'>,
  bearer: Bearer,
  { fworker, fwId }: { fworker: FWorker; fwId?: FwId },
): Promise<void> {
  if (bearer.role !== 'worker' || fwId === undefined) return;
  const filter = workerFilter(fworker);
  const { fireworks } = await launchpad.findFireworks({ fwIds: [fwId], filter, fields: 'summary' });
  const [firework] = fireworks;
  if (!firework) {
    throw new SkyrocketError('NOT_FOUND', `there is no Firework ${fwId} for the worker ${fworker.name}`);
  }
  if (firework.state !== 'RESERVED') return;
  const { owners } = await launchpad.findOwners({ launchIds: firework.launches });
  await refuseForeignLaunches(launchpad, bearer, [...owners.keys()]);
}

export const isOwnChain = ({ tokenId, role, fworker }: Bearer, chain: StoredChain): boolean =>
  role !== 'worker' || chain.owner === tokenId || (fworker !== null && chain.fworker === fworker);

/** @throws SkyrocketError NOT_ALLOWED when there is a chain of this name that is somebody else's */
export async function refuseForeignChain(
  launchpad: Pick<LaunchPad, 'findChains'>,
  bearer: Bearer,
  name: string,
): Promise<void> {
  if (bearer.role !== 'worker') return;
  const { chains } = await launchpad.findChains();
  const chain = chains.find((one) => one.name === name);
  if (chain && !isOwnChain(bearer, chain)) throw notOwn(bearer, `the chain ${name} was made`);
}

const notOwn = ({ tokenId }: Bearer, what: string) =>
  new SkyrocketError(
    'NOT_ALLOWED',
    `${what} with another token than ${tokenId}; use that one, or one that is bound to its FWorker`,
  );
