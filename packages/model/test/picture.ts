import type { FwId, LaunchId } from '@skyrocket/model/ids';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import type { State } from '@skyrocket/model/states';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';

/** One Firework as comparable text. */
export function fireworkPicture(firework: {
  state: State;
  spec: UserMap;
  children: readonly FwId[];
  launches: readonly LaunchId[];
  archivedLaunches: readonly LaunchId[];
}): string {
  const { state, spec, children, launches, archivedLaunches } = firework;
  const sorted = (ids: readonly number[]) => [...ids].sort((a, b) => a - b).join(',');
  return [
    state,
    `-> ${sorted(children)}`,
    `launches ${launches.join(',')}`,
    `archived ${sorted(archivedLaunches)}`,
    stringifyJson(new Map([...spec].map(([key, value]) => [key, comparable(key, value)]))),
  ].join(' | ');
}

/** Documents of FIZZLED parents hold moments, and reasons are words: what counts of them is who, and whether. */
function comparable(key: string, value: UserValue): UserValue {
  if (key === '_exception_details' || key === '_pause_reason') return '…';
  if (key !== '_fizzled_parents' || !Array.isArray(value)) return value;
  return value.filter(isUserMap).map((document) => {
    const launches = document.get('launches');
    const states = Array.isArray(launches)
      ? launches.filter(isUserMap).map((launch) => launch.get('state') ?? null)
      : [];
    return [document.get('fw_id') ?? null, document.get('state') ?? null, states];
  });
}
