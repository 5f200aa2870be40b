import type { FWAction } from '@skyrocket/model/action';
import { SkyrocketError } from '@skyrocket/model/errors';
import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { Checkpoint, NewFirework } from '@skyrocket/model/records';
import { type LaunchState, STATE_RANK, type State } from '@skyrocket/model/states';
import { isTruthy, type UserMap } from '@skyrocket/model/user-data';

export interface Firework {
  fwId: FwId;
  workflow: string;
  state: State;
  spec: UserMap;
  children: FwId[];
  launches: LaunchId[];
  archivedLaunches: LaunchId[];
}

export interface Launch {
  fwId: FwId;
  state: LaunchState;
  action: FWAction | null;
  lost: boolean;
  /** Where it could be resumed. */
  checkpoint: Checkpoint | null;
}

/** All Fireworks and Launches of the reference model. What is not stored as such is sought anew each time. */
export class ReferenceWorld {
  readonly fireworks = new Map<FwId, Firework>();
  readonly launches = new Map<LaunchId, Launch>();

  store({ spec, state }: Pick<NewFirework, 'spec' | 'state'>, workflow: string): FwId {
    const id = fwId(this.fireworks.size + 1);
    const none = { children: [], launches: [], archivedLaunches: [] };
    this.fireworks.set(id, { fwId: id, workflow, state, spec: new Map(spec), ...none });
    return id;
  }

  firework(id: FwId): Firework {
    const firework = this.fireworks.get(id);
    if (!firework) throw new SkyrocketError('NOT_FOUND', `there is no Firework ${id}`);
    return firework;
  }

  launch(id: LaunchId): Launch {
    const launch = this.launches.get(id);
    if (!launch) throw new SkyrocketError('NOT_FOUND', `there is no Launch ${id}`);
    return launch;
  }

  bestLaunch({ launches }: Firework): Launch | undefined {
    const records = launches.map((id) => this.launch(id));
    const best = Math.max(...records.map(({ state }) => STATE_RANK[state]));
    return records.find(({ state }) => STATE_RANK[state] === best);
  }

  /** The one that made it first. */
  holders(launch: LaunchId): Firework[] {
    const maker = this.launch(launch).fwId;
    const holders = [...this.fireworks.values()].filter(({ launches }) => launches.includes(launch));
    return holders.sort((a, b) => Number(b.fwId === maker) - Number(a.fwId === maker));
  }

  parents({ fwId: id }: Firework): Firework[] {
    return [...this.fireworks.values()].filter(({ children }) => children.includes(id));
  }

  members({ workflow }: Firework): Firework[] {
    return [...this.fireworks.values()].filter((one) => one.workflow === workflow);
  }

  below(firework: Firework): Set<FwId> {
    const found = new Set(firework.children);
    for (const id of found) for (const child of this.firework(id).children) found.add(child);
    return found;
  }

  copy(): ReferenceWorld {
    const copy = new ReferenceWorld();
    for (const [id, one] of this.fireworks) {
      const { spec, children, launches, archivedLaunches } = one;
      const lists = {
        children: [...children],
        launches: [...launches],
        archivedLaunches: [...archivedLaunches],
      };
      copy.fireworks.set(id, { ...one, spec: new Map(spec), ...lists });
    }
    for (const [id, one] of this.launches) copy.launches.set(id, { ...one });
    return copy;
  }

  /** Makes the Fireworks what they were when a copy was made. */
  restore(before: ReferenceWorld): void {
    for (const id of this.fireworks.keys()) if (!before.fireworks.has(id)) this.fireworks.delete(id);
    for (const [id, one] of before.fireworks) Object.assign(this.firework(id), one);
  }
}

export function allowsFizzledParents({ spec }: Firework): boolean {
  return isTruthy(spec.get('_allow_fizzled_parents'));
}

/** The state of a Workflow with these Fireworks: format §3.4. */
export function stateOfWorkflow(members: Firework[]): State {
  const has = (state: State) => members.some((one) => one.state === state);
  const leaves = members.filter(({ children }) => children.length === 0);
  if (leaves.every(({ state }) => state === 'COMPLETED')) return 'COMPLETED';
  if (members.every(({ state }) => state === 'ARCHIVED')) return 'ARCHIVED';
  if (has('DEFUSED')) return 'DEFUSED';
  if (has('PAUSED')) return 'PAUSED';
  if (has('FIZZLED')) {
    const fizzled = members.filter(({ state }) => state === 'FIZZLED');
    const goesOn = (id: FwId) => members.some((one) => one.fwId === id && allowsFizzledParents(one));
    return fizzled.every(({ children }) => children.length > 0 && children.every(goesOn))
      ? 'RUNNING'
      : 'FIZZLED';
  }
  if (has('COMPLETED') || has('RUNNING')) return 'RUNNING';
  return has('RESERVED') ? 'RESERVED' : 'READY';
}
