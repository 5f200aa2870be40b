import type { UserDecision } from '@skyrocket/contract/decisions';
import type { Log } from '@skyrocket/contract/log';

/** So many single ids or reasons are told; of the others only how many there are. */
const toldOneByOne = 20;

/** Tells what became of a user's decision: what changed, and why the others stay as they are. */
export function tellDecision({ changed, skipped }: UserDecision, doing: string, log: Log): void {
  const reasons = skipped.slice(0, toldOneByOne);
  for (const { reason } of reasons) log.warn(reason);
  const more = skipped.length - reasons.length;
  if (more > 0) log.warn(`${more} more Fireworks stay as they are`);
  const count = changed.length === 1 ? '1 Firework' : `${changed.length} Fireworks`;
  log.info(
    changed.length === 0
      ? `nothing was changed by ${doing}`
      : `Finished ${doing} ${count}: ${idsText(changed)}`,
  );
}

/** `1, 2, 3`, or the first ones of many. */
export function idsText(ids: readonly number[]): string {
  const told = ids.slice(0, toldOneByOne).join(', ');
  const more = ids.length - toldOneByOne;
  return more > 0 ? `${told} and ${more} more` : told;
}
