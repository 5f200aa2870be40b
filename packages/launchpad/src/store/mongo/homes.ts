import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { LockUse } from './locks.ts';

/** How many ids are remembered of each kind before all are forgotten. */
const capacity = 200_000;

export interface Neighbours {
  children: readonly FwId[];
  parents: readonly FwId[];
}

/** More are not remembered. */
const fewNeighbours = 20;

/**
 * Remembers which Workflow holds a Firework (the hexadecimal `_id` of its document), and which Firework made a Launch.
 * Neither ever changes (what is beside a Firework may), but after a reset ids are given again: who finds a memory to be wrong forgets it.
 */
export class Homes {
  readonly #workflows = new Map<FwId, string>();
  readonly #makers = new Map<LaunchId, FwId>();
  readonly #sizes = new Map<string, number>();
  readonly #uses = new Map<string, LockUse>();
  readonly #parents = new Set<FwId>();
  readonly #neighbours = new Map<FwId, Neighbours>();

  workflowOf(id: FwId): string | undefined {
    return this.#workflows.get(id);
  }

  makerOf(id: LaunchId): FwId | undefined {
    return this.#makers.get(id);
  }

  rememberWorkflow(id: FwId, workflow: string): void {
    if (this.#workflows.size >= capacity) this.#workflows.clear();
    this.#workflows.set(id, workflow);
  }

  rememberMaker(id: LaunchId, maker: FwId): void {
    if (this.#makers.size >= capacity) this.#makers.clear();
    this.#makers.set(id, maker);
  }

  /** How many Fireworks a Workflow had when it was last read; it can only have grown. */
  sizeOf(workflow: string): number | undefined {
    return this.#sizes.get(workflow);
  }

  rememberSize(workflow: string, size: number): void {
    if (this.#sizes.size >= capacity) this.#sizes.clear();
    this.#sizes.set(workflow, size);
  }

  /** Which children and parents a Firework had when they were last read. */
  neighboursOf(id: FwId): Neighbours | undefined {
    return this.#neighbours.get(id);
  }

  rememberNeighbours(id: FwId, neighbours: Neighbours): void {
    if (this.#neighbours.size >= capacity) this.#neighbours.clear();
    const { children, parents } = neighbours;
    if (this.#parents.size >= capacity) this.#parents.clear();
    if (children.length > 0) this.#parents.add(id);
    if (children.length + parents.length <= fewNeighbours) this.#neighbours.set(id, neighbours);
  }

  /** Whether a Firework is known to have children. */
  hasChildren(id: FwId): boolean {
    return this.#parents.has(id);
  }

  /** What the lock of a report was good for when a Workflow was last locked for one; `any`: it has once been needed. */
  useOf(workflow: string): LockUse | undefined {
    return this.#uses.get(workflow);
  }

  rememberUse(workflow: string, use: LockUse): void {
    if (this.#uses.size >= capacity) this.#uses.clear();
    if (this.#uses.get(workflow) !== 'any') this.#uses.set(workflow, use);
  }

  forget(): void {
    this.#neighbours.clear();
    this.#parents.clear();
    this.#uses.clear();
    this.#sizes.clear();
    this.#workflows.clear();
    this.#makers.clear();
  }
}
