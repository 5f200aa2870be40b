import { describe, expect, it } from '@jest/globals';
import type { FwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import { MOVES, mayMove } from '@skyrocket/model/transitions';
import fc from 'fast-check';
import { DecidingLaunchpad } from './deciding-launchpad.ts';
import { anyLife, type Intent, operationsOf } from './generators.ts';
import type { Operation } from './operations.ts';
import { ReferenceModel } from './reference-model.ts';
import { allFileStates } from './workflow-generators.ts';

describe('Whatever happens to a launchpad', () => {
  it('decisions over the little that they ask for agree with a model that looks at everything', () => {
    fc.assert(
      fc.property(anyLife({ states: allFileStates }), (life) => {
        const launchpad = new DecidingLaunchpad();
        const reference = new ReferenceModel();
        live(life, reference, (operation) => {
          expect(launchpad.do(operation)).toBe(reference.do(operation));
          expect(launchpad.fireworks()).toEqual(reference.fireworks());
          expect(launchpad.launches()).toEqual(reference.launches());
          expect(launchpad.workflows()).toEqual(reference.workflows());
        });
      }),
      { numRuns: Number(process.env.RUNS ?? 300) },
    );
  });

  it('Fireworks make only moves of the table, one after another', () => {
    fc.assert(
      fc.property(anyLife({ states: allFileStates }), (life) => {
        const launchpad = new DecidingLaunchpad();
        const reference = new ReferenceModel();
        live(life, reference, (operation) => {
          const before = launchpad.world.states();
          reference.do(operation);
          launchpad.do(operation);
          for (const [id, { state }] of launchpad.world.fireworks) {
            expect({ operation, id, ...moved(before[id] ?? null, state) }).toMatchObject({ allowed: true });
          }
        });
      }),
      { numRuns: Number(process.env.RUNS ?? 100) },
    );
  });

  it('none waits without a reason, and none becomes READY too early', () => {
    fc.assert(
      fc.property(anyLife(), (life) => {
        const launchpad = new DecidingLaunchpad();
        const reference = new ReferenceModel();
        live(life, reference, (operation) => {
          const before = launchpad.world.states();
          reference.do(operation);
          launchpad.do(operation);
          for (const [id, { state }] of launchpad.world.fireworks) {
            if (state === 'WAITING')
              expect({ id, done: parentsDone(launchpad, id) }).toEqual({ id, done: false });
            if (state !== 'READY' || before[id] === 'READY') continue;
            expect({ id, done: parentsDone(launchpad, id) }).toEqual({ id, done: true });
          }
        });
      }),
      { numRuns: Number(process.env.RUNS ?? 100) },
    );
  });
});

/** Does all that the intents mean, each on the launchpad as the reference model sees it then. */
function live(life: Intent[], reference: ReferenceModel, act: (operation: Operation) => void): void {
  for (const intent of life) for (const operation of operationsOf(intent, reference.view())) act(operation);
}

/** One operation may take several moves: a rerun goes through WAITING, a lost Launch through FIZZLED. */
function moved(from: State | null, to: State): { from: State | null; to: State; allowed: boolean } {
  const between = MOVES.filter((move) => move.from === from).map((move) => move.to);
  const through: State[] = ['WAITING', 'READY', 'FIZZLED', 'COMPLETED'];
  const twoMoves = between.some((state) => through.includes(state) && mayMove(state, to));
  return { from, to, allowed: from === to || mayMove(from, to) || twoMoves };
}

function parentsDone({ world }: DecidingLaunchpad, id: FwId): boolean {
  const { parents, allowFizzledParents } = world.node(id);
  return parents.total === parents.completed + (allowFizzledParents ? parents.fizzled : 0);
}
