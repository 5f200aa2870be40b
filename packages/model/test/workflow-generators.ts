import { type FwId, fwId } from '@skyrocket/model/ids';
import type { NewFirework, NewWorkflow } from '@skyrocket/model/records';
import { STATES, type State } from '@skyrocket/model/states';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import fc from 'fast-check';

/** Random Workflows: small, without cycles, of every shape. */

/** States that files usually give. */
export const plainStates: readonly State[] = [
  'WAITING',
  'WAITING',
  'WAITING',
  'WAITING',
  'PAUSED',
  'DEFUSED',
];

/** States that files may give, most often the usual one. */
export const allFileStates: readonly State[] = ['WAITING', 'WAITING', 'WAITING', 'WAITING', ...STATES];

/** A Workflow with ids as in a file, in any order. */
export function anyWorkflow(states: readonly State[] = plainStates): fc.Arbitrary<NewWorkflow> {
  return workflowWithIds({ maxSize: 6, states, idOf: (i) => fwId(i + 1) });
}

/** A Workflow that an action or a user puts below others: its ids go down from a negative one. */
export function newWorkflowBelow(highest: number): fc.Arbitrary<NewWorkflow> {
  return workflowWithIds({ maxSize: 3, states: plainStates, idOf: (i) => fwId(highest - i) });
}

interface Shape {
  maxSize: number;
  states: readonly State[];
  idOf(index: number): FwId;
}

function workflowWithIds({ maxSize, states, idOf }: Shape): fc.Arbitrary<NewWorkflow> {
  const member = fc.record({ state: fc.constantFrom(...states), spec: anySpec, parents: anyParents });
  return fc.array(member, { minLength: 1, maxLength: maxSize, size: 'max' }).map((members) => {
    const links = new Map<FwId, FwId[]>(members.map((_, i) => [idOf(i), []]));
    members.forEach(({ parents }, i) => {
      for (const parent of new Set(
        parents.filter((distance) => distance <= i).map((distance) => i - distance),
      )) {
        links.get(idOf(parent))?.push(idOf(i));
      }
    });
    const fireworks = members.map(({ state, spec }, i) => firework(idOf(i), state, spec));
    return { name: 'random', metadata: new Map(), fireworks, links };
  });
}

/** How far before it in the file its parents stand; those before the first one are no parents. */
const anyParents = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3, size: 'max' });

const flags: [string, UserValue][][] = [
  [],
  [],
  [['_allow_fizzled_parents', true]],
  [['_dupefinder', new Map([['_fw_name', 'DupeFinderExact']])]],
];

const anySpec: fc.Arbitrary<UserMap> = fc
  .tuple(fc.constantFrom(...flags), fc.boolean())
  .map(([flag, withX]) => {
    const tasks: UserValue = [
      new Map([
        ['_fw_name', 'ScriptTask'],
        ['script', 'true'],
      ]),
    ];
    return new Map<string, UserValue>([['_tasks', tasks], ...flag, ...(withX ? ([['x', 1]] as const) : [])]);
  });

function firework(id: FwId, state: State, spec: UserMap): NewFirework {
  return { fwId: id, name: `firework ${id}`, spec, state, launches: [], archivedLaunches: [] };
}
