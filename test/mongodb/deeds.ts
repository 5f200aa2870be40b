import type { Db, Document } from 'mongodb';
import { type Namer, type Random, randomWorkflow, type WorkflowDocument } from './histories.ts';
import {
  type ActionDocument,
  type ActionPlace,
  badAction,
  noAction,
  randomAction,
} from './random-actions.ts';

/** A step of a history. Fireworks are known by their names, since the two databases give other ids. */
export type Deed = Work | Decision | Growth;

/** What workers and queue jobs do. */
export type Work =
  | ({ kind: 'run' | 'complete'; name: string } & End)
  | { kind: 'claim'; worker: string; category: string | string[]; order: 'FIFO' | 'FILO' }
  | { kind: 'start' | 'cancel'; name: string }
  | { kind: 'reserve'; name: string; reservationId: string | null }
  | { kind: 'ping'; name: string; checkpoint: CheckpointDocument };

/** What users decide. */
export type Decision =
  | { kind: 'archive' | 'delete' | 'refresh'; name: string }
  | { kind: 'rerun'; name: string; exceptionDetails: 'keep' | 'drop' }
  | { kind: 'recover'; name: string; files: 'none' | 'copy' | 'previous-directory' }
  | { kind: 'pause' | 'resume' | 'defuse' | 'reignite'; name: string; wholeWorkflow: boolean };

/** How Workflows and specs are added to and edited. */
export type Growth =
  | { kind: 'add'; workflow: WorkflowDocument }
  | ({ kind: 'append'; name: string; further: string[]; workflow: WorkflowDocument } & AppendTerms)
  | { kind: 'set_priority'; name: string; priority: number }
  | { kind: 'update_spec'; name: string; mongo: boolean; document: Record<string, unknown> };

interface AppendTerms {
  detour: boolean;
  pullSpecMods: boolean;
}

interface End {
  action: ActionDocument;
  state: 'COMPLETED' | 'FIZZLED';
  /** Whether the action cannot be carried out. */
  bad: boolean;
}

export interface CheckpointDocument {
  _task_n: number;
  _all_stored_data: Record<string, unknown>;
  _all_update_spec: Record<string, unknown>;
  _all_mod_spec: Record<string, unknown>[];
}

/** What a history chooses its next deed from. */
interface Scene {
  fireworks: Document[];
  workflows: Document[];
  launches: Map<number, Document>;
  random: Random;
  names: Namer;
}

/** Null when nothing is left. */
export async function chooseDeed(db: Db, random: Random, names: Namer): Promise<Deed | null> {
  const fireworks = await db.collection('fireworks').find({}).sort({ name: 1 }).toArray();
  if (fireworks.length === 0) return null;
  const workflows = await db.collection('workflows').find({}).toArray();
  const launches = await db.collection('launches').find({}).toArray();
  const byId = new Map(launches.map((launch) => [Number(launch.launch_id), launch]));
  const scene = { fireworks, workflows, launches: byId, random, names };
  return random.pick([...workOf(scene), ...decisionsIn(scene), ...growthOf(scene)])();
}

type Choice = () => Deed;

/** As many times as it is to weigh, if there are candidates. */
function choices(
  scene: Scene,
  weight: number,
  candidates: Document[],
  deed: (firework: Document, name: string) => Deed,
): Choice[] {
  if (candidates.length === 0) return [];
  const choice = () => {
    const firework = scene.random.pick(candidates);
    return deed(firework, String(firework.name));
  };
  return Array.from({ length: weight }, () => choice);
}

const inState = ({ fireworks }: Scene, ...states: string[]) =>
  fireworks.filter(({ state }) => states.includes(state));

function workOf(scene: Scene): Choice[] {
  const { random, names } = scene;
  // Python makes WAITING what is at work when a FIZZLED parent is defused meanwhile (docs/differences.md).
  const free = (state: string) => inState(scene, state).filter((one) => isFree(scene, one));
  const [ready, reserved] = [free('READY'), free('RESERVED')];
  const running = free('RUNNING').filter((one) => launchOf(scene, one)?.state === 'RUNNING');
  const mayClaim = names.dated && ready.length === inState(scene, 'READY').length;
  const waitsBelow = (one: Document) =>
    [...descendants(scene, one)].every(({ state }) => state === 'WAITING');
  const claim: Choice = () => ({
    kind: 'claim',
    worker: random.pick(['worker', 'another']),
    category: random.pick(['', '', 'a', 'b', '__none__', ['b', 'c']]),
    order: random.pick(['FIFO', 'FILO']),
  });
  return [
    ...choices(scene, 10, ready, (one, name) => ({
      ...{ kind: 'run', name },
      ...endOf(scene, one),
    })),
    ...choices(scene, 2, [...ready, ...reserved], (_, name) => ({ kind: 'start', name })),
    ...choices(scene, 2, ready, (_, name) => ({
      ...{ kind: 'reserve', name },
      reservationId: random.chance(0.7) ? String(1000 + names.number()) : null,
    })),
    // Python takes a cancelled reservation for a rerun, and lets go of what is held back below it (docs/differences.md).
    ...choices(scene, 1, reserved.filter(waitsBelow), (_, name) => ({ kind: 'cancel', name })),
    ...choices(scene, 4, running, (one, name) => ({ ...{ kind: 'complete', name }, ...endOf(scene, one) })),
    ...choices(scene, 2, running, (_, name) => ({ kind: 'ping', name, checkpoint: checkpoint(random) })),
    ...(mayClaim ? [claim, claim] : []),
  ];
}

function decisionsIn(scene: Scene): Choice[] {
  const { random, fireworks } = scene;
  const recoverable = inState(scene, 'FIZZLED', 'RUNNING').filter(
    (one) => launchOf(scene, one)?.state_history.at(-1).checkpoint,
  );
  const rerunnable = [
    ...inState(scene, 'COMPLETED', 'FIZZLED', 'READY', 'RESERVED', 'RUNNING'),
    // One that is WAITING afterwards has another kind of moment (docs/differences.md).
    ...inState(scene, 'PAUSED').filter((one) => isFree(scene, one)),
  ];
  // Python leaves active Launches in what is DEFUSED or WAITING (docs/differences.md).
  const archivable = (one: Document) =>
    kinOf(scene, one).every(({ state, launches }) => !/DEFUSED|WAITING/.test(state) || launches.length === 0);
  const wholeWorkflow = random.chance(0.2);
  const onOne = (kind: 'pause' | 'resume' | 'defuse' | 'reignite') => (_: Document, name: string) =>
    ({ kind, name, wholeWorkflow: wholeWorkflow && (kind === 'pause' || kind === 'reignite') }) as const;
  return [
    ...choices(scene, 1, inState(scene, 'WAITING', 'READY', 'RESERVED'), onOne('pause')),
    ...choices(scene, 2, inState(scene, 'PAUSED'), onOne('resume')),
    ...choices(
      ...[
        scene,
        1,
        inState(scene, 'WAITING', 'READY', 'RESERVED', 'RUNNING', 'FIZZLED', 'PAUSED', 'COMPLETED'),
      ],
      onOne('defuse'),
    ),
    ...choices(scene, 2, inState(scene, 'DEFUSED'), onOne('reignite')),
    ...choices(...[scene, 2, rerunnable], (_, name) => ({
      kind: 'rerun',
      name,
      exceptionDetails: random.pick(['drop', 'keep']),
    })),
    ...choices(scene, 2, recoverable, (_, name) => ({
      ...{ kind: 'recover', name },
      files: random.pick(['none', 'copy', 'previous-directory']),
    })),
    ...choices(scene, 1, random.chance(0.1) ? fireworks.filter(archivable) : [], (_, name) => ({
      kind: 'archive',
      name,
    })),
    ...choices(scene, 1, random.chance(0.1) ? fireworks : [], (_, name) => ({ kind: 'delete', name })),
    ...choices(scene, 1, fireworks, (_, name) => ({ kind: 'refresh', name })),
  ];
}

function growthOf(scene: Scene): Choice[] {
  const { random, names, fireworks } = scene;
  const living = fireworks.filter(({ state }) => state !== 'ARCHIVED');
  return [
    ...choices(scene, 1, fireworks, (_, name) => ({
      kind: 'set_priority',
      name,
      priority: random.below(10),
    })),
    ...choices(scene, 1, fireworks, (_, name) => ({ kind: 'update_spec', name, ...specUpdate(random) })),
    ...choices(scene, 1, living, (one, name) => appendBelow(scene, one, name)),
    ...(random.chance(0.2)
      ? [() => ({ kind: 'add', workflow: randomWorkflow(random, names, 1 + random.below(3)) }) as const]
      : []),
  ];
}

function appendBelow(scene: Scene, firework: Document, name: string): Deed {
  const { random, names } = scene;
  const { mayDetour, parents } = placeOf(scene, firework);
  const detour = mayDetour && random.chance(0.3);
  return {
    ...{ kind: 'append', name, detour, pullSpecMods: random.chance(0.7) },
    // With a detour, a Firework could come to stand above and below another.
    further: detour ? [] : parents.filter(() => random.chance(0.2)).slice(0, 2),
    workflow: randomWorkflow(random, names, 1 + random.below(3)),
  };
}

function endOf(scene: Scene, firework: Document): End {
  const { random, names } = scene;
  const place = placeOf(scene, firework);
  if (random.chance(0.2)) {
    const action: ActionDocument = {
      ...randomAction(random, names, { ...place, mayDetour: false }),
      exit: true,
    };
    if (random.chance(0.5)) action.stored_data = { _exception: { _stacktrace: 'x', _details: { code: 7 } } };
    return { action, state: 'FIZZLED', bad: false };
  }
  if (random.chance(0.05) && fizzlesFor(scene, firework)) {
    return { action: badAction(random), state: 'COMPLETED', bad: true };
  }
  const action = random.chance(0.15) ? noAction : randomAction(random, names, place);
  return { action, state: 'COMPLETED', bad: false };
}

/** Whether a bad action leaves all others as they are: Python does not look at the children of what it fizzles for that. */
function fizzlesFor(scene: Scene, firework: Document): boolean {
  const children = childrenOf(scene, firework);
  return children.length > 0 && children.every((child) => !child.spec._allow_fizzled_parents);
}

function placeOf(scene: Scene, firework: Document): ActionPlace {
  const below = descendants(scene, firework);
  const others = kinOf(scene, firework).filter((one) => one !== firework);
  return {
    mayDetour: childrenOf(scene, firework).every((child) => !further.has(child.state)),
    parents: others.map(({ name }) => String(name)),
    parentsOfDetours: others.filter((one) => !below.has(one)).map(({ name }) => String(name)),
  };
}

/** States beyond WAITING. */
const further: ReadonlySet<string> = new Set(['READY', 'RESERVED', 'RUNNING', 'COMPLETED']);

function workflowOf({ workflows }: Scene, { fw_id, name }: Document): Document {
  const home = workflows.find(({ nodes }) => nodes.includes(fw_id));
  if (!home) throw new Error(`${name} is in no Workflow`);
  return home;
}

function kinOf(scene: Scene, firework: Document): Document[] {
  const { nodes } = workflowOf(scene, firework);
  return scene.fireworks.filter(({ fw_id }) => nodes.includes(fw_id));
}

function childrenOf(scene: Scene, firework: Document): Document[] {
  const ids: number[] = workflowOf(scene, firework).links[String(firework.fw_id)] ?? [];
  return scene.fireworks.filter(({ fw_id }) => ids.includes(fw_id));
}

/** Whether its parents let it run. */
function isFree(scene: Scene, firework: Document): boolean {
  const { parent_links, fw_states } = workflowOf(scene, firework);
  const parents: number[] = parent_links[String(firework.fw_id)] ?? [];
  const enough = firework.spec._allow_fizzled_parents ? ['COMPLETED', 'FIZZLED'] : ['COMPLETED'];
  return parents.every((parent) => enough.includes(fw_states[String(parent)]));
}

function descendants(scene: Scene, firework: Document): Set<Document> {
  const found = new Set<Document>(childrenOf(scene, firework));
  for (const one of found) for (const child of childrenOf(scene, one)) found.add(child);
  return found;
}

function launchOf({ launches }: Scene, firework: Document): Document | undefined {
  return launches.get(Number(firework.launches.at(-1)));
}

function checkpoint(random: Random): CheckpointDocument {
  return {
    _task_n: 1 + random.below(3),
    _all_stored_data: { energy: random.below(100) / 8 },
    _all_update_spec: { u0: random.below(9) },
    _all_mod_spec: random.chance(0.5) ? [{ _inc: { n: 1 } }] : [],
  };
}

function specUpdate(random: Random): { mongo: boolean; document: Record<string, unknown> } {
  if (random.chance(0.6)) {
    const document = random.pick<Record<string, unknown>>([
      { n: random.below(9), 'nested.deep.x': random.below(4) / 2 },
      { '_tasks.0.script': `echo ${random.below(9)}` },
      { _allow_fizzled_parents: random.chance(0.5) },
      { 'list.0': 'first' },
      { new: { key: [1, { a: null }] } },
    ]);
    return { mongo: false, document };
  }
  const document = random.pick<Record<string, unknown>>([
    { $inc: { 'spec.n': 2 } },
    { $push: { 'spec.list': random.below(9) } },
    { $unset: { 'spec.top': '' }, $set: { 'spec.m': 1.5 } },
  ]);
  return { mongo: true, document };
}
