import { type Change, type Decision, emptyChange, type FireworkChange } from '@skyrocket/model/change';
import { fwId } from '@skyrocket/model/ids';
import type { Needs } from '@skyrocket/model/neighbourhood';

/** A decision to change nothing, told with what it saw. */
export function nothing<Outcome>(outcome: Outcome): Decision<Outcome> {
  return { kind: 'change', change: emptyChange(), outcome };
}

/** A decision to write this. */
export function changing(change: Partial<Change>): Decision<undefined> {
  return { kind: 'change', change: { ...emptyChange(), ...change }, outcome: undefined };
}

/** A decision to change one Firework. */
export function writing(id: number, members: FireworkChange): Decision<undefined> {
  return changing({ fireworks: new Map([[fwId(id), members]]) });
}

/** A decision that cannot be taken yet. */
export function needing(needs: Partial<Needs>): { kind: 'needs'; needs: Needs } {
  return { kind: 'needs', needs: { ...noNeeds, ...needs } };
}

const noNeeds: Needs = {
  nodes: [],
  specs: [],
  actions: [],
  documents: [],
  fizzledParents: [],
  descendantsOf: [],
  wholeWorkflows: [],
};
