import { describe, expect, it } from '@jest/globals';
import type { Store } from '@skyrocket/launchpad/store/store';
import { launchId } from '@skyrocket/model/ids';
import fc from 'fast-check';
import { anyLife } from '../../../model/test/generators.ts';
import { type Intent, operationsOf } from '../../../model/test/intents.ts';
import { ReferenceModel } from '../../../model/test/reference-model.ts';
import { allFileStates } from '../../../model/test/workflow-generators.ts';
import { newKey } from '../store-contract/samples.ts';
import { LivingLaunchpad } from './living-launchpad.ts';

/** An empty Store, and what must hold of what it keeps after every step. */
export interface StoreUnderWatch {
  store: Store;
  check(): Promise<void>;
}

/**
 * Random lives of a launchpad over a Store: Workflows are added, run with random actions, rerun, paused, appended to …, and
 * after every step all that users can see is what the reference model says. In the end all is deleted. `lives`: how many; a failure prints its seed.
 */
export function randomLives(
  name: string,
  options: { open(): Promise<StoreUnderWatch>; lives: number },
): void {
  describe(`Whatever happens to a launchpad over ${name}`, () => {
    it('is what the reference model says, after every step', async () => {
      await fc.assert(
        fc.asyncProperty(anyLife({ states: allFileStates }), async (life) => {
          const { store, check } = await options.open();
          try {
            const launchpad = await LivingLaunchpad.over(store);
            await live(life, launchpad, check);
            await deleteOneAfterAnother({ store, check }, launchpad);
          } finally {
            await store.close();
          }
        }),
        { numRuns: options.lives },
      );
    }, 600_000);
  });
}

async function live(life: Intent[], launchpad: LivingLaunchpad, check: () => Promise<void>): Promise<void> {
  const reference = new ReferenceModel();
  for (const intent of life) {
    for (const operation of operationsOf(intent, reference.view())) {
      expect(await launchpad.do(operation)).toBe(reference.do(operation));
      expect(await launchpad.picture()).toEqual({
        fireworks: reference.fireworks(),
        launches: reference.launches(),
        workflows: reference.workflows(),
      });
      await check();
    }
  }
}

/** Deleting a Workflow changes nothing of the others, and in the end nothing is left. */
async function deleteOneAfterAnother(
  { store, check }: StoreUnderWatch,
  launchpad: LivingLaunchpad,
): Promise<void> {
  const { workflows } = await store.findWorkflows({ fields: 'ids' });
  const { fireworks, launches } = await launchpad.picture();
  for (const { nodes } of workflows) {
    await store.deleteWorkflows({ key: newKey(), fwIds: nodes.slice(-1) });
    for (const id of nodes) delete fireworks[id];
    expect((await launchpad.picture()).fireworks).toEqual(fireworks);
    await check();
  }
  const launchIds = Object.keys(launches).map((id) => launchId(Number(id)));
  expect(await store.findLaunches(launchIds)).toEqual([]);
}
