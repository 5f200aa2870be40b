import type { FwId } from './ids.ts';
import { parentsOf } from './links.ts';
import type { NewFirework, NewWorkflow } from './records.ts';
import { isUserMap, type UserMap, type UserValue } from './user-data.ts';

/**
 * What may be wrong with a Workflow though it can be stored (format §13, check), one sentence each: it falls into parts that
 * no link joins, or the named data that its dataflow tasks hand on (format §11, `inputs` and `outputs`) does not fit. Cycles,
 * unknown ids and repeated ones are refused whenever a Workflow is added.
 */
export function checkWorkflow(workflow: NewWorkflow): string[] {
  const dataflows = new Map(workflow.fireworks.map((firework) => [firework.fwId, readDataflow(firework)]));
  const parents = parentsOf(workflow.links);
  return [
    ...connectionFaults(workflow),
    ...[...dataflows.values()].flatMap((dataflow) => dataflow.faults),
    ...[...dataflows.values()].flatMap((dataflow) =>
      inputFaults(
        dataflow,
        (parents.get(dataflow.firework.fwId) ?? []).flatMap((id) => dataflows.get(id) ?? []),
      ),
    ),
  ];
}

/** Tasks whose `inputs` and `outputs` are names of data in specs. */
const dataflowTasks: ReadonlySet<UserValue | undefined> = new Set([
  'PyTask',
  'CommandLineTask',
  'ForeachTask',
  'JoinDictTask',
  'JoinListTask',
]);

/** What the dataflow tasks of one Firework take and give. */
interface Dataflow {
  firework: NewFirework;
  inputs: Set<string>;
  outputs: Set<string>;
  /** Inputs that the Firework's own spec holds. */
  given: Set<string>;
  /** Inputs that an earlier task of the same Firework gives. */
  handedOn: Set<string>;
  /** Whether its outputs are parts of what several Fireworks give together. */
  inChunks: boolean;
  faults: string[];
}

function readDataflow(firework: NewFirework): Dataflow {
  const dataflow: Dataflow = {
    ...{ firework, inputs: new Set(), outputs: new Set(), given: new Set(), handedOn: new Set() },
    ...{ inChunks: false, faults: [] },
  };
  const listed = firework.spec.get('_tasks');
  for (const task of Array.isArray(listed) ? listed : []) {
    if (isUserMap(task) && dataflowTasks.has(task.get('_fw_name'))) readTask(dataflow, task);
  }
  return dataflow;
}

function readTask(dataflow: Dataflow, outer: UserMap): void {
  const { firework, inputs, outputs, given, handedOn, faults } = dataflow;
  // ForeachTask is about another task.
  const inner = outer.get('task');
  const task = isUserMap(inner) ? inner : outer;
  for (const key of ['inputs', 'outputs']) {
    const value = task.get(key) ?? [];
    if (!Array.isArray(value))
      faults.push(`${nameOf(firework)}: "${key}" of its tasks is to be a list of names`);
  }
  for (const name of namesIn(task.get('inputs'))) {
    inputs.add(name);
    if (holdsInput(firework.spec, task, name)) given.add(name);
    if (outputs.has(name)) handedOn.add(name);
  }
  for (const name of [...namesIn(task.get('outputs')), ...namesIn(task.get('output'))]) {
    if (outputs.has(name)) {
      faults.push(
        `${nameOf(firework)}: several of its tasks output "${name}"; give each output its own name`,
      );
    }
    outputs.add(name);
  }
  dataflow.inChunks ||= outer.has('chunk_number') || task.has('chunk_number');
}

/** Names stand in a list; `output` of the joining tasks is one name. */
function namesIn(value: UserValue | undefined): string[] {
  const listed = Array.isArray(value) ? value : [value];
  return listed.filter((name) => typeof name === 'string');
}

/** A CommandLineTask says by label where each input comes from; for the others a label is a key of the spec. */
function holdsInput(spec: UserMap, task: UserMap, name: string): boolean {
  const labels = task.get('command_spec');
  if (!isUserMap(labels)) return spec.has(name);
  const label = labels.get(name);
  if (typeof label === 'string') return spec.has(label);
  const source = isUserMap(label) ? label.get('source') : undefined;
  return typeof source === 'string' ? spec.has(source) : source !== undefined;
}

function inputFaults({ firework, inputs, given, handedOn }: Dataflow, parents: Dataflow[]): string[] {
  return [...inputs].flatMap((name) => {
    const giving = parents.filter((parent) => parent.outputs.has(name));
    const whole = giving.filter((parent) => !parent.inChunks);
    const sources = whole.map((parent) => nameOf(parent.firework));
    if (whole.length < giving.length) sources.push('parents that give parts of it');
    // What a COMPLETED parent gave stands in the spec by now.
    const isPassedOn = giving.some((parent) => parent.firework.state === 'COMPLETED');
    if (given.has(name) && !isPassedOn) sources.push('its spec');
    if (handedOn.has(name)) sources.push('an earlier task');
    if (sources.length === 1) return [];
    if (sources.length > 1) {
      return [`${nameOf(firework)}: its input "${name}" comes from several places: ${sources.join(', ')}`];
    }
    return [
      `${nameOf(firework)}: its input "${name}" comes from nowhere: no parent outputs it, and its spec does not hold it`,
    ];
  });
}

const nameOf = ({ fwId, name }: NewFirework) => `Firework ${fwId} (${name})`;

/** How many ids of a part are named. */
const idsNamed = 5;

function connectionFaults({ fireworks, links }: NewWorkflow): string[] {
  const neighbours = new Map<FwId, FwId[]>(fireworks.map(({ fwId }) => [fwId, []]));
  for (const [parent, children] of links) {
    for (const child of children) {
      neighbours.get(parent)?.push(child);
      neighbours.get(child)?.push(parent);
    }
  }
  const parts: FwId[][] = [];
  const reached = new Set<FwId>();
  for (const { fwId } of fireworks) {
    if (!reached.has(fwId)) parts.push(reachedFrom(fwId, neighbours, reached));
  }
  if (parts.length < 2) return [];
  const named = parts.slice(0, idsNamed).map((part) => part.slice(0, idsNamed).join(', '));
  return [
    `the Workflow falls into ${parts.length} parts that no link joins, with the Fireworks ${named.join('; ')}; link them, or add each part as a Workflow of its own`,
  ];
}

function reachedFrom(start: FwId, neighbours: ReadonlyMap<FwId, FwId[]>, reached: Set<FwId>): FwId[] {
  const part: FwId[] = [start];
  reached.add(start);
  for (const id of part) {
    for (const next of neighbours.get(id) ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      part.push(next);
    }
  }
  return part;
}
