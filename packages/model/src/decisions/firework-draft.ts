import type { FireworkChange } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { FireworkNode, ParentTally, WorkflowId } from '../neighbourhood.ts';
import type { NewFirework } from '../records.ts';
import type { State } from '../states.ts';
import { isTruthy } from '../user-data.ts';
import { SpecDraft } from './spec-draft.ts';

/** Drafts of specs never change, so that all may begin with the same. */
const unedited = new SpecDraft();

/**
 * One Firework inside a {@link Draft}, as it is after the steps taken so far. What touches other Fireworks too (states,
 * links) is done by the Draft; this class keeps the rest.
 */
export class FireworkDraft {
  readonly fwId: FwId;
  readonly workflow: WorkflowId;
  /** The stored Firework whose Workflow it belongs to: itself, unless it is added by this change. */
  readonly joins: FwId;
  /** Null for a stored Firework. */
  readonly added: NewFirework | null;
  state: State;
  parents: ParentTally;
  spec = unedited;
  /** Parents that became FIZZLED in this change; some may have left that state again. */
  readonly freshFizzledParents: FwId[] = [];
  readonly #stored: FireworkNode | null;
  #launches: readonly LaunchId[];
  #archivedLaunches: readonly LaunchId[];
  #children: FwId[];
  #ownsChildren = false;

  private constructor(origin: Origin) {
    const { firework, home } = origin;
    this.fwId = firework.fwId;
    this.workflow = home.workflow;
    this.joins = home.joins;
    this.added = origin.added;
    this.state = firework.state;
    this.#stored = origin.stored;
    this.parents = { ...(origin.stored?.parents ?? { total: 0, completed: 0, fizzled: 0 }) };
    this.#launches = origin.stored?.launches.map((launch) => launch.launchId) ?? [];
    this.#archivedLaunches = origin.stored?.archivedLaunches ?? [];
    this.#children = origin.stored?.children ?? [];
  }

  static ofStored(node: FireworkNode): FireworkDraft {
    const home = { workflow: node.workflow, joins: node.fwId };
    return new FireworkDraft({ firework: node, home, stored: node, added: null });
  }

  /** A Firework that is added to the Workflow of another; it has no Launches, whatever the file says. */
  static ofAdded(firework: NewFirework, to: FireworkDraft): FireworkDraft {
    return new FireworkDraft({ firework, home: to, stored: null, added: firework });
  }

  get children(): readonly FwId[] {
    return this.#children;
  }

  /** Active Launches, oldest first. */
  get launches(): readonly LaunchId[] {
    return this.#launches;
  }

  get archivedLaunches(): readonly LaunchId[] {
    return this.#archivedLaunches;
  }

  get sharers(): readonly FwId[] {
    return this.#stored?.dupefinder ? this.#stored.sharers : [];
  }

  get allowFizzledParents(): boolean {
    return this.#flag('_allow_fizzled_parents', isTruthy, this.#stored?.allowFizzledParents);
  }

  get knowsFizzledParents(): boolean {
    return this.#flag('_fizzled_parents', (value) => value !== undefined, this.#stored?.knowsFizzledParents);
  }

  /** How many parents were FIZZLED before this change. */
  get storedFizzledParents(): number {
    return this.#stored?.parents.fizzled ?? 0;
  }

  /** Whether no parent keeps it waiting: format §3.2 rule 2. */
  get parentsDone(): boolean {
    const { total, completed, fizzled } = this.parents;
    return total === completed + (this.allowFizzledParents ? fizzled : 0);
  }

  addChild(child: FwId): void {
    if (!this.#ownsChildren) this.#children = [...this.#children];
    this.#ownsChildren = true;
    this.#children.push(child);
  }

  addLaunches(launches: readonly LaunchId[]): void {
    this.#launches = [...this.#launches, ...launches];
  }

  archiveLaunches(which: (launch: LaunchId) => boolean = () => true): void {
    const leaving = this.#launches.filter(which);
    if (leaving.length === 0) return;
    this.#launches = this.#launches.filter((launch) => !leaving.includes(launch));
    this.#archivedLaunches = [...new Set([...this.#archivedLaunches, ...leaving])];
  }

  /** What is to be written of a stored Firework; null when nothing is. */
  get change(): FireworkChange | null {
    const stored = this.#stored;
    if (!stored) return null;
    const change: FireworkChange = {};
    if (this.state !== stored.state) change.state = this.state;
    if (!this.spec.isEmpty) change.spec = { set: new Map(this.spec.set), unset: [...this.spec.unset] };
    if (!sameLaunches(this.#launches, stored)) change.launches = [...this.#launches];
    if (this.#archivedLaunches !== stored.archivedLaunches)
      change.archivedLaunches = [...this.#archivedLaunches];
    return Object.keys(change).length > 0 ? change : null;
  }

  #flag(key: string, read: typeof isTruthy, stored: boolean | undefined): boolean {
    if (this.spec.set.has(key) || this.spec.unset.has(key)) return read(this.spec.set.get(key));
    return this.added ? read(this.added.spec.get(key)) : stored === true;
  }
}

interface Origin {
  firework: { fwId: FwId; state: State };
  home: { workflow: WorkflowId; joins: FwId };
  stored: FireworkNode | null;
  added: NewFirework | null;
}

function sameLaunches(launches: readonly LaunchId[], stored: FireworkNode): boolean {
  return (
    launches.length === stored.launches.length &&
    launches.every((launch, index) => launch === stored.launches[index]?.launchId)
  );
}
