import { describe, expect, it } from '@jest/globals';
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
      { numRuns: Number(process.env.RUNS ?? 400) },
    );
  });
});

/** Does all that the intents mean, each on the launchpad as the reference model sees it then. */
function live(life: Intent[], reference: ReferenceModel, act: (operation: Operation) => void): void {
  for (const intent of life) for (const operation of operationsOf(intent, reference.view())) act(operation);
}
