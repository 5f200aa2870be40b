import type { FwId } from '@skyrocket/model/ids';

/** `key` is unique to one intended change (a UUID). */
export interface Keyed {
  key: string;
}

export interface OnFireworks extends Keyed {
  fwIds: FwId[];
}
