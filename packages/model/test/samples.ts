import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { fwId } from '@skyrocket/model/ids';
import type { NewFirework, NewWorkflow } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import { fromPlain, isUserMap, type UserMap } from '@skyrocket/model/user-data';

/** A Workflow in few words. Its Fireworks are the ids that the members name. */
export interface Sketch {
  /** Parent to children. */
  links?: Record<number, number[]>;
  /** What a spec holds beside a task. */
  specs?: Record<number, Record<string, unknown>>;
  /** As a file gives them. Default: WAITING, which becomes READY for roots. */
  states?: Record<number, State>;
}

/** 1 → 2 → 3 */
export const chain: Sketch = { links: { 1: [2], 2: [3] } };
/** 1 → 2 and 3 → 4 */
export const diamond: Sketch = { links: { 1: [2, 3], 2: [4], 3: [4] } };

export function newWorkflow({ links = {}, specs = {}, states = {} }: Sketch): NewWorkflow {
  const named = [
    ...Object.keys({ ...links, ...specs, ...states }).map(Number),
    ...Object.values(links).flat(),
  ];
  const fireworks = [...new Set(named)].map(
    (id): NewFirework => ({
      fwId: fwId(id),
      name: `firework ${id}`,
      spec: user({ _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }], ...specs[id] }),
      state: states[id] ?? 'WAITING',
      launches: [],
      archivedLaunches: [],
    }),
  );
  const linkMap = new Map(Object.entries(links).map(([id, to]) => [fwId(Number(id)), to.map(fwId)]));
  return { name: 'sketch', metadata: new Map(), fireworks, links: linkMap };
}

/** User data from a plain object. */
export function user(plain: Record<string, unknown>): UserMap {
  const value = fromPlain(plain);
  if (!isUserMap(value)) throw new Error('an object becomes a mapping');
  return value;
}

export function action(said: Partial<FWAction>): FWAction {
  return { ...emptyAction(), ...said };
}
