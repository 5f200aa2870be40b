import { describe, expect, it } from '@jest/globals';
import type { FwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import { MOVES, mayMove } from '@skyrocket/model/transitions';
import fc from 'fast-check';
import { DecidingLaunchpad } from './deciding-launchpad.ts';
import { anyLife } from './generators.ts';
import { type Intent, operationsOf } from './intents.ts';
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
      { numRuns: 250 },
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
      { numRuns: 60 },
    );
  });

  it('and what is drawn at random makes every usual move, and does every operation', () => {
    const moves = new Set<string>();
    const operations = new Set<string>();
    for (const life of fc.sample(anyLife(), { numRuns: 400, seed: 7 })) {
      const reference = new ReferenceModel();
      live(life, reference, (operation) => {
        const before = statesOf(reference);
        if (reference.do(operation)) operations.add(operation.kind);
        if ([...specsOf(reference)].some((spec) => spec.includes('_recovery')))
          operations.add('rerun at task level');
        for (const [id, state] of statesOf(reference)) moves.add(`${before.get(id) ?? null} to ${state}`);
      });
    }
    const usual = MOVES.filter((move) => move.usual).map(({ from, to }) => `${from} to ${to}`);
    expect(usual.filter((move) => !moves.has(move))).toEqual([]);
    expect([...operations].sort()).toEqual([
      ...['add', 'append', 'archive', 'claim', 'defuse', 'finish', 'lose', 'pause', 'ping'],
      ...[
        'refresh',
        'reignite',
        'release',
        'rerun',
        'rerun at task level',
        'resume',
        'start',
        'take-over',
        'update',
      ],
    ]);
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
      { numRuns: 60 },
    );
  });
});

/** Does all that the intents mean, each on the launchpad as the reference model sees it then. */
function live(life: Intent[], reference: ReferenceModel, act: (operation: Operation) => void): void {
  for (const intent of life) for (const operation of operationsOf(intent, reference.view())) act(operation);
}

const specsOf = (reference: ReferenceModel) => Object.values(reference.fireworks());

const statesOf = (reference: ReferenceModel) =>
  new Map(reference.view().fireworks.map(({ fwId, state }) => [fwId, state]));

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
