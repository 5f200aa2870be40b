import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import {
  emptyNeighbourhood,
  type FireworkNode,
  type LaunchNode,
  type Needs,
  type Neighbourhood,
  type ParentTally,
  type WorkflowId,
} from '@skyrocket/model/neighbourhood';
import type { LaunchRecord } from '@skyrocket/model/records';
import { isTruthy, isUserMap, type UserMap } from '@skyrocket/model/user-data';
import type { RememberedStart } from './claim-memory.ts';
import type { MongoConnection } from './connection.ts';
import { fireworkFromDocument, integerOf, launchIdsOf, stateOf } from './documents.ts';
import { findHomes } from './find-homes.ts';
import { findActions, findLaunches } from './find-launches.ts';
import { findRaw } from './raw-documents.ts';
import { sketchedDocuments } from './sketched-documents.ts';
import { parentsOf } from './witnesses.ts';
import { Structures, type Wanted, type WorkflowStructure } from './workflow-structure.ts';

/** Joins of more parents than this are looked at by their witnesses. */
const manyParents = 40;

/** Of more children than this the whole Workflow is read, by which they need not be read themselves. */
const manyChildren = 150;

/** A decision looks at a Workflow that is not locked: all of it begins again with that one locked too. */
export class MoreWorkflows {
  readonly workflows: readonly string[];
  constructor(workflows: readonly string[]) {
    this.workflows = workflows;
  }
}

/** A Firework as it was read, for the commit that follows. */
export interface LoadedFirework {
  fwId: FwId;
  workflow: string;
  document: UserMap;
}

/** Loads what a decision looks at from Workflows that are locked, and keeps it for the commit. */
export class NeighbourhoodLoader {
  readonly neighbourhood: Neighbourhood = emptyNeighbourhood();
  readonly structures: Structures;
  readonly loaded = new Map<FwId, LoadedFirework>();
  /** Launches without their actions. */
  readonly launches = new Map<LaunchId, LaunchRecord>();
  /** Those of the Launches that are only remembered, so that they are to be written where they are as they were. */
  readonly remembered = new Set<LaunchId>();
  /** Fireworks that were not read, but are taken to be in the state of their copy, with these Launches. */
  readonly sketched = new Map<FwId, LaunchId[]>();
  /** Joins that were taken to wait because of these parents. */
  readonly waitingFor = new Map<FwId, FwId[]>();
  readonly #connection: MongoConnection;
  readonly #locked: ReadonlySet<string>;
  /** Joins whose parents are all to be counted. */
  readonly #exact: ReadonlySet<FwId>;

  constructor(connection: MongoConnection, locked: ReadonlySet<string>, exact: ReadonlySet<FwId>) {
    this.#connection = connection;
    this.#locked = locked;
    this.#exact = exact;
    this.structures = new Structures(connection);
  }

  /** Loads more. @throws Error when a decision asks for nothing that it does not have, since it would ask for ever. */
  async satisfy(needs: Needs): Promise<void> {
    const before = this.#size();
    await this.#loadReach(needs);
    await this.loadNodes(needs.nodes);
    await this.#loadSpecs(needs.specs);
    for (const [id, action] of await findActions(
      this.#connection,
      this.#missing(needs.actions, this.neighbourhood.actions),
    )) {
      this.neighbourhood.actions.set(id, action);
    }
    await this.#loadFizzledParents(needs.fizzledParents);
    await this.#loadDocuments(needs.documents);
    if (this.#size() === before) throw new Error('a decision asked for what it had been given');
  }

  /** Loads Fireworks that are not there yet. */
  async loadNodes(ids: Iterable<FwId>): Promise<void> {
    const wanted = this.#missing(ids, this.neighbourhood.nodes).filter(
      (id) => !this.neighbourhood.absent.has(id),
    );
    if (wanted.length === 0) return;
    const homes = await findHomes(this.#connection, wanted);
    this.#assertLocked([...homes.values()]);
    const [documents] = await Promise.all([
      findRaw(this.#connection.fireworks, { fw_id: { $in: wanted } }, { projection: nodeProjection }),
      this.structures.read(this.#structureOf(homes)),
    ]);
    await this.#loadAround(documents, homes);
    for (const document of documents) {
      const id = fwId(integerOf(document.get('fw_id')));
      this.#addNode(id, homes.get(id), document);
    }
    for (const id of wanted) if (!this.neighbourhood.nodes.has(id)) this.neighbourhood.absent.add(id);
    await this.#addSharers(wanted);
  }

  /** Loads Fireworks together with their children. `starts`: of each a Launch that is remembered, or none of any. */
  async loadWithChildren(ids: readonly FwId[], starts: readonly RememberedStart[]): Promise<void> {
    const homes = await findHomes(this.#connection, ids);
    this.#assertLocked([...homes.values()]);
    if (this.#sketch(starts)) return;
    await this.structures.read(this.#structureOf(homes));
    const childrenOf = ([id, home]: [FwId, string]) => this.structures.of(home)?.children.get(id) ?? [];
    const children = new Set([...homes].flatMap(childrenOf));
    if (starts.length > 0 && children.size > manyChildren) {
      await this.structures.readWhole([...homes.values()]);
    }
    if (this.#sketch(starts)) return;
    await this.loadNodes([...ids, ...children]);
  }

  /** A Launch that this process started a moment ago. */
  rememberLaunch(launch: LaunchRecord): void {
    this.launches.set(launch.launchId, launch);
    this.remembered.add(launch.launchId);
  }

  async loadLaunches(ids: readonly LaunchId[]): Promise<void> {
    const missing = this.#missing(ids, this.launches);
    for (const launch of await findLaunches(this.#connection, missing, 'without-actions')) {
      this.launches.set(launch.launchId, launch);
    }
  }

  #size(): number {
    const { nodes, specs, actions, documents, fizzledParents, descendantsOf, wholeWorkflows, absent } =
      this.neighbourhood;
    const parts = [nodes, specs, actions, documents, fizzledParents, descendantsOf, wholeWorkflows, absent];
    return parts.reduce((sum, part) => sum + part.size, 0);
  }

  #missing<Id>(ids: Iterable<Id>, loaded: { has(id: Id): boolean }): Id[] {
    return [...new Set(ids)].filter((id) => !loaded.has(id));
  }

  #assertLocked(workflows: readonly string[]): void {
    const unlocked = workflows.filter((workflow) => !this.#locked.has(workflow));
    if (unlocked.length > 0) throw new MoreWorkflows(unlocked);
  }

  /**
   * Takes Fireworks whose Launches are remembered, and their children, for what is known of them already, if that will do.
   * Of several none may have children: those are not to be freed when one of the others is not what it was taken for.
   */
  #sketch(starts: readonly RememberedStart[]): boolean {
    const sketches: { workflow: string; documents: ReadonlyMap<FwId, UserMap> }[] = [];
    for (const start of starts) {
      const structure = this.structures.of(start.workflow);
      const isCandidate = starts.length === 1 || structure?.children.get(start.firework.fwId)?.length === 0;
      const documents = structure && isCandidate ? sketchedDocuments(structure, start) : null;
      if (!documents) return false;
      sketches.push({ workflow: start.workflow, documents });
    }
    if (sketches.length === 0) return false;
    for (const { workflow, documents } of sketches) {
      for (const [id, document] of documents) {
        this.#addNode(id, workflow, document);
        this.sketched.set(id, launchIdsOf(document.get('launches')));
      }
    }
    return true;
  }

  #structureOf(homes: ReadonlyMap<FwId, string>): Map<string, Wanted> {
    const wanted = new Map<string, { children: FwId[]; parents: FwId[]; states: FwId[] }>();
    for (const [id, home] of homes) {
      const want = wanted.get(home) ?? { children: [], parents: [], states: [] };
      wanted.set(home, want);
      want.children.push(id);
      want.states.push(id);
      const witnesses = this.#exact.has(id) ? [] : this.#connection.witnesses.of(parentsOf(id));
      if (witnesses.length > 0) want.states.push(...witnesses.map(fwId));
      else want.parents.push(id);
    }
    return wanted;
  }

  /** Launches of the Fireworks, and the states of their parents. */
  async #loadAround(documents: UserMap[], homes: ReadonlyMap<FwId, string>): Promise<void> {
    const held = documents.flatMap((document) => launchIdsOf(document.get('launches')));
    const wanted = new Map<string, { children: FwId[]; parents: FwId[]; states: FwId[] }>();
    for (const [id, home] of homes) {
      const want = wanted.get(home) ?? { children: [], parents: [], states: [] };
      wanted.set(home, want);
      const structure = this.structures.of(home);
      if (!structure || this.#openWitness(id, structure) !== undefined) continue;
      if (!structure.parents.has(id)) want.parents.push(id);
      want.states.push(...(structure.parents.get(id) ?? []));
    }
    await Promise.all([this.loadLaunches(held), this.structures.read(wanted)]);
    // Where witnesses have failed, the parents were read just now and their states are still to be.
    for (const [id, home] of homes) {
      const want = wanted.get(home);
      const parents = this.structures.of(home)?.parents.get(id);
      if (want?.parents.includes(id) && parents) want.states.push(...parents);
    }
    await this.structures.read(wanted);
  }

  /** A parent that keeps a join waiting, if one is known. */
  #openWitness(id: FwId, structure: WorkflowStructure): FwId | undefined {
    if (this.#exact.has(id)) return undefined;
    return this.#connection.witnesses
      .of(parentsOf(id))
      .map(fwId)
      .find((witness) => isOpen(structure, witness));
  }

  #addNode(id: FwId, workflow: string | undefined, document: UserMap): void {
    const structure = workflow === undefined ? undefined : this.structures.of(workflow);
    const children = structure?.children.get(id);
    if (workflow === undefined || !structure || !children) {
      // Ids are given again after a reset; what was remembered of them is then wrong.
      this.#connection.homes.forget();
      throw new MoreWorkflows([]);
    }
    this.loaded.set(id, { fwId: id, workflow, document });
    this.neighbourhood.nodes.set(id, {
      fwId: id,
      workflow: workflowIdOf(workflow),
      name: String(document.get('name') ?? ''),
      state: stateOf(document.get('state')),
      launches: this.#launchNodes(launchIdsOf(document.get('launches'))),
      archivedLaunches: launchIdsOf(document.get('archived_launches')),
      children,
      parents: this.#tally(id, structure),
      allowFizzledParents: isTruthy(document.get('allow')),
      knowsFizzledParents: document.get('knows') === true,
      dupefinder: document.get('dupes') === true,
      sharers: [],
    });
  }

  #launchNodes(ids: LaunchId[]): LaunchNode[] {
    return ids.flatMap((id) => {
      const launch = this.launches.get(id);
      return launch ? [{ launchId: id, fwId: launch.fwId, state: launch.state }] : [];
    });
  }

  /** Counts the parents; of a join that is known to wait only that it does. */
  #tally(id: FwId, structure: WorkflowStructure): ParentTally {
    const parents = structure.parents.get(id);
    const isCounted = this.#exact.has(id) || parents?.every((parent) => structure.states.has(parent));
    if (!parents || !isCounted) {
      const open = this.#connection.witnesses.of(parentsOf(id)).map(fwId);
      this.waitingFor.set(
        id,
        open.filter((witness) => isOpen(structure, witness)),
      );
      return { total: Number.MAX_SAFE_INTEGER, completed: 0, fizzled: 0 };
    }
    const tally = { total: parents.length, completed: 0, fizzled: 0 };
    const open: FwId[] = [];
    for (const parent of parents) {
      const state = structure.states.get(parent);
      if (state === 'COMPLETED') tally.completed += 1;
      else if (state === 'FIZZLED') tally.fizzled += 1;
      else open.push(parent);
    }
    if (parents.length > manyParents) this.#connection.witnesses.remember(parentsOf(id), open);
    return tally;
  }

  /** For Fireworks with a duplicate finder: who holds their Launches too. */
  async #addSharers(ids: FwId[]): Promise<void> {
    const finders = ids
      .flatMap((id) => this.neighbourhood.nodes.get(id) ?? [])
      .filter((node) => node.dupefinder);
    if (finders.length === 0) return;
    const held = finders.flatMap(launchesOfMaker);
    const holders = await this.#connection.fireworks
      .find({ launches: { $in: held } }, { projection: { _id: 0, fw_id: 1, launches: 1 } })
      .toArray();
    for (const node of finders) {
      node.sharers = holders
        .filter((holder) => sharesLaunch(node, launchIdsOf(holder.launches)))
        .map((holder) => fwId(integerOf(holder.fw_id)))
        .filter((holder) => holder !== node.fwId)
        .sort((a, b) => a - b);
    }
  }

  async #loadReach({ descendantsOf: roots, wholeWorkflows }: Needs): Promise<void> {
    const missingRoots = this.#missing(roots, this.neighbourhood.descendantsOf);
    const homes = await findHomes(this.#connection, missingRoots);
    const whole = this.#missing(wholeWorkflows, this.neighbourhood.wholeWorkflows);
    const workflows = [...new Set([...homes.values(), ...whole])];
    this.#assertLocked(workflows);
    await this.structures.readWhole(workflows);
    const reached = missingRoots.flatMap((root) => [
      ...descendants(root, this.structures.of(homes.get(root) ?? '')),
    ]);
    const members = whole.flatMap((workflow) => [...(this.structures.of(workflow)?.children.keys() ?? [])]);
    await this.loadNodes([...reached, ...members]);
    for (const root of missingRoots) this.neighbourhood.descendantsOf.add(root);
    for (const workflow of whole) this.neighbourhood.wholeWorkflows.add(workflow);
  }

  async #loadSpecs(ids: Iterable<FwId>): Promise<void> {
    const missing = this.#missing(ids, this.neighbourhood.specs);
    if (missing.length === 0) return;
    const projection = { _id: 0, fw_id: 1, spec: 1 };
    for (const document of await findRaw(
      this.#connection.fireworks,
      { fw_id: { $in: missing } },
      { projection },
    )) {
      const spec = document.get('spec');
      this.neighbourhood.specs.set(
        fwId(integerOf(document.get('fw_id'))),
        isUserMap(spec) ? spec : new Map(),
      );
    }
  }

  async #loadFizzledParents(ids: FwId[]): Promise<void> {
    const missing = this.#missing(ids, this.neighbourhood.fizzledParents);
    const homes = await findHomes(this.#connection, missing);
    for (const [id, home] of homes) {
      await this.structures.read(new Map([[home, { children: [], parents: [id], states: [] }]]));
      const parents = this.structures.of(home)?.parents.get(id) ?? [];
      await this.structures.read(new Map([[home, { children: [], parents: [], states: parents }]]));
      const states = this.structures.of(home)?.states;
      const fizzled = parents.filter((parent) => states?.get(parent) === 'FIZZLED').sort((a, b) => a - b);
      this.neighbourhood.fizzledParents.set(id, fizzled);
      await this.#loadDocuments(fizzled);
    }
  }

  async #loadDocuments(ids: FwId[]): Promise<void> {
    const missing = this.#missing(ids, this.neighbourhood.documents);
    if (missing.length === 0) return;
    for (const document of await findRaw(this.#connection.fireworks, { fw_id: { $in: missing } })) {
      const firework = fireworkFromDocument(document);
      this.neighbourhood.documents.set(firework.fwId, {
        firework,
        launches: await findLaunches(this.#connection, firework.launches),
        archivedLaunches: await findLaunches(this.#connection, firework.archivedLaunches),
      });
    }
  }
}

/** What of a Firework decisions look at; a spec may have megabytes. */
const nodeProjection = {
  _id: 0,
  fw_id: 1,
  name: 1,
  state: 1,
  launches: 1,
  archived_launches: 1,
  size: { $bsonSize: '$$ROOT' },
  allow: '$spec._allow_fizzled_parents',
  knows: { $ne: [{ $type: '$spec._fizzled_parents' }, 'missing'] },
  dupes: { $ne: [{ $type: '$spec._dupefinder' }, 'missing'] },
} as const;

const isOpen = ({ states }: WorkflowStructure, id: FwId) => {
  const state = states.get(id);
  return state !== undefined && state !== 'COMPLETED' && state !== 'FIZZLED';
};

function sharesLaunch(node: FireworkNode, held: LaunchId[]): boolean {
  return launchesOfMaker(node).some((launch) => held.includes(launch));
}

/** Archived ones too: they may still stand for a duplicate. */
function launchesOfMaker({ launches, archivedLaunches }: FireworkNode): LaunchId[] {
  return [...launches.map((launch) => launch.launchId), ...archivedLaunches];
}

/** All below a Firework, each once. */
function descendants(root: FwId, structure: WorkflowStructure | undefined): Set<FwId> {
  const found = new Set<FwId>();
  const pending = [...(structure?.children.get(root) ?? [])];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    pending.push(...(structure?.children.get(id) ?? []));
  }
  return found;
}

/** How this store names a Workflow to decisions: the hexadecimal `_id` of its document. */
export function workflowIdOf(workflow: string): WorkflowId {
  return workflow as WorkflowId;
}
