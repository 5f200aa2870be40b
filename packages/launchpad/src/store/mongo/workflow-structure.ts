import { type FwId, fwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import { type Document, ObjectId } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { integerOf, stateOf } from './documents.ts';
import { leavesOf } from './witnesses.ts';

/**
 * Where more paths than this are asked of one Workflow its whole document is read. A projection costs by its paths, about 7 ms
 * for 1,000; a whole document by its Fireworks, about as much for 1,000 of them and the most of it on our side.
 */
const mostProjected = (size: number) => Math.min(5000, Math.max(450, size / 2));

/** A Workflow that is known to be this small is read whole at once: the questions that follow are answered, too. */
export const smallWorkflow = 200;

/**
 * What is known of the document of a locked Workflow: links, parents and the redundant copy of the states. A Workflow may
 * have 50,000 Fireworks, so only what is asked for is read, in one question for all Workflows concerned.
 */
export interface WorkflowStructure {
  id: string;
  state: State;
  /** `updated_on`; null where it is no Date. */
  updatedOn: Date | null;
  children: Map<FwId, FwId[]>;
  parents: Map<FwId, FwId[]>;
  states: Map<FwId, State>;
  /** How many Fireworks the Workflow has. */
  size: number;
  /** All of it has been read. */
  whole: boolean;
}

/** What is wanted of the document of one Workflow. */
export interface Wanted {
  children: Iterable<FwId>;
  parents: Iterable<FwId>;
  states: Iterable<FwId>;
}

export class Structures {
  readonly #connection: MongoConnection;
  readonly #known = new Map<string, WorkflowStructure>();

  constructor(connection: MongoConnection) {
    this.#connection = connection;
  }

  /** Undefined when the Workflow is not there. */
  of(workflow: string): WorkflowStructure | undefined {
    return this.#known.get(workflow);
  }

  all(): Iterable<WorkflowStructure> {
    return this.#known.values();
  }

  /** Reads what of this is not known yet. */
  async read(wanted: Map<string, Wanted>): Promise<void> {
    const paths = new Set<string>();
    const toProject: string[] = [];
    const toRead: string[] = [];
    for (const [workflow, want] of wanted) {
      const missing = this.#missing(workflow, want);
      if (missing.length === 0) continue;
      const size = this.#connection.homes.sizeOf(workflow) ?? Number.POSITIVE_INFINITY;
      if (missing.length > mostProjected(size) || size <= smallWorkflow) {
        toRead.push(workflow);
        continue;
      }
      toProject.push(workflow);
      for (const path of missing) paths.add(path);
    }
    await Promise.all([this.#project(toProject, paths), this.readWhole(toRead)]);
  }

  async readWhole(workflows: readonly string[]): Promise<void> {
    const unread = workflows.filter((id) => this.#known.get(id)?.whole !== true);
    if (unread.length === 0) return;
    for (const document of await this.#find(unread, wholeStructure)) await this.takeWhole(document);
  }

  /** What was seen of a Workflow when it was locked. */
  takeSeen({ document, sight }: { document: Document; sight: Sight }): Promise<void> {
    return sight.paths ? this.takePaths(document, sight.paths) : this.takeWhole(document);
  }

  /** All that there is to know, from a document that was read as {@link wholeStructure} while it is locked. */
  async takeWhole(document: Document): Promise<void> {
    const structure = this.#take(document);
    structure.whole = true;
    for (const id of Object.keys(document.links ?? {})) {
      const node = fwId(Number(id));
      if (!structure.parents.has(node)) structure.parents.set(node, []);
    }
    await this.#completeStates(structure, document);
  }

  #missing(workflow: string, { children, parents, states }: Wanted): string[] {
    const known = this.#known.get(workflow);
    if (known?.whole) return [];
    const paths: string[] = [];
    for (const id of children) if (!known?.children.has(id)) paths.push(`links.${id}`);
    for (const id of parents) if (!known?.parents.has(id)) paths.push(`parent_links.${id}`);
    for (const id of states) if (!known?.states.has(id)) paths.push(`fw_states.${id}`);
    return paths;
  }

  async #project(workflows: readonly string[], paths: ReadonlySet<string>): Promise<void> {
    if (workflows.length === 0) return;
    const projection: Document = { state: 1, updated_on: 1, size: sizeOfNodes };
    for (const path of paths) projection[path] = 1;
    for (const document of await this.#find(workflows, projection)) await this.takePaths(document, paths);
  }

  /** What there is to know from a document of which these paths were read. */
  async takePaths(document: Document, paths: ReadonlySet<string>): Promise<void> {
    const structure = this.#take(document);
    for (const path of paths) {
      // A Firework without parents has no entry in parent_links; that it has none is then known.
      if (!path.startsWith('parent_links.')) continue;
      const id = fwId(Number(path.slice('parent_links.'.length)));
      if (structure.children.has(id) && !structure.parents.has(id)) structure.parents.set(id, []);
    }
    const { children, parents, states, size } = structure;
    structure.whole = children.size === size && parents.size === size && states.size === size;
    const asksStates = [...paths].some((path) => path.startsWith('fw_states.'));
    if (asksStates && document.fw_states === undefined) await this.readWhole([structure.id]);
  }

  #find(workflows: readonly string[], projection: Document): Promise<Document[]> {
    const ids = workflows.map((id) => new ObjectId(id));
    return this.#connection.workflows.find({ _id: { $in: ids } }, { projection }).toArray();
  }

  #take(document: Document): WorkflowStructure {
    const id = String(document._id);
    const structure = this.#known.get(id) ?? {
      id,
      state: stateOf(document.state),
      updatedOn: document.updated_on instanceof Date ? document.updated_on : null,
      children: new Map<FwId, FwId[]>(),
      parents: new Map<FwId, FwId[]>(),
      states: new Map<FwId, State>(),
      size: 0,
      whole: false,
    };
    this.#known.set(id, structure);
    const { homes } = this.#connection;
    // A sight with the lock comes without it.
    structure.size = integerOf(document.size ?? homes.sizeOf(id) ?? 0);
    homes.rememberSize(id, structure.size);
    for (const [key, value] of Object.entries(document.links ?? {})) {
      const children = idsOf(value);
      structure.children.set(fwId(Number(key)), children);
      // A child is in the Workflow of its parent.
      for (const child of children) homes.rememberWorkflow(child, id);
    }
    for (const [key, value] of Object.entries(document.parent_links ?? {})) {
      structure.parents.set(fwId(Number(key)), idsOf(value));
    }
    for (const [key, value] of Object.entries(document.fw_states ?? {})) {
      structure.states.set(fwId(Number(key)), stateOf(value));
    }
    for (const key of Object.keys(document.links ?? {})) {
      const node = fwId(Number(key));
      const [children = [], parents] = [structure.children.get(node), structure.parents.get(node)];
      if (parents) homes.rememberNeighbours(node, { children, parents });
    }
    return structure;
  }

  /** Very old databases have no `fw_states`. */
  async #completeStates(structure: WorkflowStructure, document: Document): Promise<void> {
    if (document.fw_states !== undefined) return;
    const nodes = idsOf(document.nodes);
    const fireworks = this.#connection.fireworks.find(
      { fw_id: { $in: nodes } },
      { projection: { _id: 0, fw_id: 1, state: 1 } },
    );
    for await (const firework of fireworks) {
      structure.states.set(fwId(integerOf(firework.fw_id)), stateOf(firework.state));
    }
  }
}

/** What is read of a Workflow in the moment when it is locked. */
export interface Sight {
  projection: Document;
  /** Null: all of it. */
  paths: ReadonlySet<string> | null;
}

/**
 * What a decision about Fireworks and their children will ask of the only Workflow that it locks: all of a small one, and of
 * another one what is around the Fireworks, as far as that is remembered. Undefined: nothing.
 */
export function sightOf(
  { homes, witnesses }: Pick<MongoConnection, 'homes' | 'witnesses'>,
  workflows: readonly string[],
  fwIds: readonly FwId[],
): Sight | undefined {
  const [only, ...others] = workflows;
  const size = only === undefined ? undefined : homes.sizeOf(only);
  if (size === undefined || others.length > 0) return undefined;
  if (size <= smallWorkflow) return { projection: wholeStructure, paths: null };
  const paths = new Set<string>();
  for (const id of fwIds) {
    const { children, parents } = homes.neighboursOf(id) ?? { children: [], parents: [] };
    for (const one of [id, ...children]) {
      paths.add(`links.${one}`).add(`parent_links.${one}`).add(`fw_states.${one}`);
    }
    for (const parent of parents) paths.add(`fw_states.${parent}`);
  }
  const leaves = only !== undefined && paths.size > 0 ? witnesses.of(leavesOf(only)) : [];
  for (const leaf of leaves) paths.add(`links.${leaf}`).add(`fw_states.${leaf}`);
  if (paths.size === 0 || paths.size > mostProjected(size)) return undefined;
  const projection = { state: 1, updated_on: 1, ...Object.fromEntries([...paths].map((path) => [path, 1])) };
  return { projection, paths };
}

/** How many Fireworks a Workflow has, in a projection. */
export const sizeOfNodes = { $size: '$nodes' } as const;

/** The projection of a Workflow that is read as a whole. */
export const wholeStructure = {
  ...{ links: 1, parent_links: 1, fw_states: 1, state: 1, updated_on: 1, nodes: 1 },
  size: sizeOfNodes,
} as const;

export function idsOf(value: unknown): FwId[] {
  return Array.isArray(value) ? value.map((id) => fwId(integerOf(id))) : [];
}
