/** Ids of Fireworks and Launches. In a file an FwId may be negative (not yet stored); in a launchpad both are positive. */
export type FwId = number & { readonly __id: 'firework' };
export type LaunchId = number & { readonly __id: 'launch' };

/** Names a number as the id of a Firework. @throws RangeError when it is not a safe integer. */
export function fwId(value: number): FwId {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a fw_id: an integer is needed`);
  return value as FwId;
}

/** Names a number as the id of a Launch. @throws RangeError when it is not a safe integer. */
export function launchId(value: number): LaunchId {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a launch_id: an integer is needed`);
  return value as LaunchId;
}
