import { describe, expect, it } from '@jest/globals';
import type { BatchJob } from '@skyrocket/contract/agents';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { ExplainLost } from '@skyrocket/contract/maintenance';
import { unexplainedJob } from '@skyrocket/model/decisions/lost-action';
import type { LaunchId } from '@skyrocket/model/ids';
import { agent, fwIds, independent, newKey, userMap } from '../store-contract/samples.ts';
import { until } from '../store-contract/steps.ts';
import { freshLaunchPad, longLeases, type OpenLaunchPad } from './fresh-launchpad.ts';
import { add, complete, launch, reportOf, run, states } from './worker-steps.ts';

const job: BatchJob = { system: 'slurm', id: '42', restarts: 0 };
const nodeFail = { cause: 'NODE_FAIL', words: 'NODE_FAIL, exit code 1:0' } as const;

/** Runs Fireworks in a worker in a job, until upkeep has declared them lost. */
async function loseInJob(launchpad: LaunchPad, ...ids: number[]): Promise<LaunchId[]> {
  const launches: LaunchId[] = [];
  for (const id of ids) launches.push(await run(launchpad, id));
  await launchpad.registerAgent({ ...agent('a'), job });
  await until(async () => {
    const key = newKey();
    await launchpad.deadAgents({ key });
    return (await launchpad.upkeep({ key, told: [] })).lost.length > 0;
  });
  return launches;
}

/** The Launches of which it is not known why their jobs ended, as those find them who can ask. */
async function unexplained(launchpad: LaunchPad): Promise<LaunchId[]> {
  const { fireworks } = await launchpad.findFireworks({
    filter: userMap({ state: 'FIZZLED' }),
    launchFilter: userMap({
      'action.stored_data._job.id': { $exists: true },
      'action.stored_data._job.cause': { $exists: false },
    }),
    fields: 'all',
  });
  return fireworks.flatMap(({ launchRecords }) =>
    launchRecords.filter(({ action }) => action && unexplainedJob(action)).map(({ launchId }) => launchId),
  );
}

const end = (launchId: LaunchId, afterwards: 'stop' | 'rerun' = 'stop'): ExplainLost['ends'][number] => ({
  ...{ launchId, afterwards },
  ...nodeFail,
});

const reasonOf = async (launchpad: LaunchPad, launchId: LaunchId) =>
  JSON.stringify([...((await launch(launchpad, launchId)).action?.storedData ?? [])]);

export function explainingContract(open: OpenLaunchPad): void {
  describe('a Launch that was lost in a job of a batch system', () => {
    const launchpad = freshLaunchPad(open, { ...longLeases, leaseSeconds: 0.05 });
    const explain = (...ends: ExplainLost['ends']) => launchpad().explainLost({ key: newKey(), ends });

    it('is found by those who can ask why the job ended', async () => {
      await add(launchpad(), independent(2));
      const [lost = 0] = await loseInJob(launchpad(), 1);
      expect(await unexplained(launchpad())).toEqual([lost]);
    });

    it('gets the reason, and stays FIZZLED', async () => {
      await add(launchpad(), independent(1));
      const [lost] = await loseInJob(launchpad(), 1);
      if (lost === undefined) throw new Error('nothing was lost');
      const explained = [{ launchId: lost, fwId: 1, cause: 'NODE_FAIL', reran: false }];
      expect(await explain(end(lost))).toEqual({ explained });
      expect(await reasonOf(launchpad(), lost)).toMatch(/Its job 42 ended: NODE_FAIL, exit code 1:0\./);
      expect(await states(launchpad())).toEqual({ 1: 'FIZZLED' });
      expect(await unexplained(launchpad())).toEqual([]);
    });

    it('runs again where policy says so', async () => {
      await add(launchpad(), independent(1));
      const [lost] = await loseInJob(launchpad(), 1);
      if (lost === undefined) throw new Error('nothing was lost');
      const { explained } = await explain(end(lost, 'rerun'));
      expect(explained).toMatchObject([{ launchId: lost, reran: true }]);
      expect(await states(launchpad())).toEqual({ 1: 'READY' });
      expect(await reasonOf(launchpad(), lost)).toContain('NODE_FAIL');
    });

    it('is explained once, also when two ask at once', async () => {
      await add(launchpad(), independent(1));
      const [lost] = await loseInJob(launchpad(), 1);
      if (lost === undefined) throw new Error('nothing was lost');
      const answers = await Promise.all([explain(end(lost, 'rerun')), explain(end(lost, 'rerun'))]);
      expect(answers.flatMap(({ explained }) => explained)).toHaveLength(1);
      expect(await states(launchpad())).toEqual({ 1: 'READY' });
      await run(launchpad(), 1);
      expect(await explain(end(lost, 'rerun'))).toEqual({ explained: [] });
      expect(await states(launchpad())).toEqual({ 1: 'RUNNING' });
    });

    it('is left alone when the user reran its Firework meanwhile, or its worker came back', async () => {
      await add(launchpad(), independent(2));
      const [rerun, back] = await loseInJob(launchpad(), 1, 2);
      if (rerun === undefined || back === undefined) throw new Error('nothing was lost');
      await launchpad().rerun({ key: newKey(), fwIds: fwIds(1) });
      await launchpad().report({ key: newKey(), reports: [await reportOf(launchpad(), back)] });
      expect(await explain(end(rerun, 'rerun'), end(back, 'rerun'))).toEqual({ explained: [] });
      expect(await states(launchpad())).toEqual({ 1: 'READY', 2: 'COMPLETED' });
    });

    it('may still be told by its worker after it was explained', async () => {
      await add(launchpad(), independent(1));
      const [lost] = await loseInJob(launchpad(), 1);
      if (lost === undefined) throw new Error('nothing was lost');
      await explain(end(lost));
      await launchpad().report({ key: newKey(), reports: [await reportOf(launchpad(), lost)] });
      expect(await states(launchpad())).toEqual({ 1: 'COMPLETED' });
    });

    it('is not one that ended by itself', async () => {
      await add(launchpad(), independent(1));
      const done = await complete(launchpad(), 1);
      expect(await explain(end(done, 'rerun'))).toEqual({ explained: [] });
    });
  });
}
