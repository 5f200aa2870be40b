import type { DocumentPath } from './document-fault.ts';
import { parseJson, position } from './lossless-json.ts';
import { isUserMap, type UserMap, type UserValue } from './user-data.ts';

/**
 * Tells the line, from 1, where something stands in a JSON text that can be read, or the nearest thing above it; null when
 * nothing of it is there. The text is read again when the first question is asked.
 */
export function jsonLineFinder(text: string): (path: DocumentPath) => number | null {
  let known: ReturnType<typeof readPlaces> | undefined;
  return (path) => {
    known ??= readPlaces(text);
    let offset: number | null = null;
    let value: UserValue = known.value;
    for (const step of path) {
      const found =
        typeof value === 'object' && value !== null ? known.offsets.get(value)?.get(step) : undefined;
      if (found === undefined) break;
      offset = found;
      value = memberOf(value, step);
    }
    return offset === null ? null : position(text, offset).line;
  };
}

type Offsets = Map<UserValue, Map<string | number, number>>;

function readPlaces(text: string): { value: UserValue; offsets: Offsets } {
  const offsets: Offsets = new Map();
  const onMember = (parent: UserMap | UserValue[], step: string | number, offset: number) => {
    const known = offsets.get(parent);
    if (known) known.set(step, offset);
    else offsets.set(parent, new Map([[step, offset]]));
  };
  return { value: parseJson(text, { onMember }), offsets };
}

function memberOf(value: UserValue, step: string | number): UserValue {
  if (isUserMap(value)) return value.get(String(step)) ?? null;
  return Array.isArray(value) && typeof step === 'number' ? (value[step] ?? null) : null;
}
