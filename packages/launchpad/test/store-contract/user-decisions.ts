import { describe, expect, it } from '@jest/globals';
import type { Decision } from '@skyrocket/model/change';
import { appendWorkflow } from '@skyrocket/model/decisions/append-workflow';
import { archive } from '@skyrocket/model/decisions/archive';
import { defuse, reignite } from '@skyrocket/model/decisions/defuse';
import { setPriority, updateSpecs } from '@skyrocket/model/decisions/edit-specs';
import { pause, resume } from '@skyrocket/model/decisions/pause';
import { rerun } from '@skyrocket/model/decisions/rerun';
import type { FwId } from '@skyrocket/model/ids';
import type { Neighbourhood } from '@skyrocket/model/neighbourhood';
import type { CurrentStore } from './fresh-store.ts';
import { chain, diamond, fwIds, independent, newWorkflow, userMap } from './samples.ts';
import {
  add,
  claim,
  claimed,
  complete,
  decide,
  firework,
  fizzle,
  launch,
  register,
  reserve,
  run,
  states,
  workflowState,
} from './steps.ts';

type UserAct<Outcome> = (neighbourhood: Neighbourhood, request: { fwIds: FwId[] }) => Decision<Outcome>;

export function userDecisionContract(store: CurrentStore): void {
  const act = async <Outcome>(decision: UserAct<Outcome>, ...ids: number[]): Promise<Outcome> => {
    const request = { fwIds: fwIds(...ids) };
    return (await decide(store(), request, (view) => decision(view.neighbourhood, request))).outcome;
  };

  describe('what the user decides', () => {
    it('pauses and resumes', async () => {
      await add(store(), diamond);
      expect(await act(pause, 1, 4)).toMatchObject({ changed: [1, 4], skipped: [] });
      expect(await states(store())).toEqual({ 1: 'PAUSED', 2: 'WAITING', 3: 'WAITING', 4: 'PAUSED' });
      expect(await workflowState(store(), 1)).toBe('PAUSED');
      expect(await act(resume, 1, 4)).toMatchObject({ changed: [1, 4] });
      expect(await states(store())).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING', 4: 'WAITING' });
      expect(await workflowState(store(), 1)).toBe('READY');
    });

    it('keeps the reservation of one that is paused', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      await act(pause, 1);
      await act(resume, 1);
      expect(await firework(store(), 1)).toMatchObject({ state: 'RESERVED', launches: [id] });
    });

    it('does not give paused ones to workers', async () => {
      await add(store(), independent(2));
      await act(pause, 1);
      await register(store(), 'a');
      expect(claimed(await claim(store(), { count: 2 }))).toEqual([2]);
    });

    it('defuses and reignites', async () => {
      await add(store(), chain);
      const id = await complete(store(), 1);
      await act(defuse, 1);
      expect(await firework(store(), 1)).toMatchObject({
        state: 'DEFUSED',
        launches: [],
        archivedLaunches: [id],
      });
      expect(await states(store())).toMatchObject({ 2: 'WAITING' });
      await act(reignite, 1);
      expect(await states(store())).toMatchObject({ 1: 'READY', 2: 'WAITING' });
    });

    it('reruns a Firework, and resets what comes after it', async () => {
      await add(store(), diamond);
      const launches = [await complete(store(), 1), await complete(store(), 2), await fizzle(store(), 3)];
      expect(await act(rerun, 1)).toMatchObject({ changed: [1] });
      expect(await states(store())).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING', 4: 'WAITING' });
      for (const [index, id] of [1, 2, 3].entries()) {
        expect(await firework(store(), id)).toMatchObject({
          launches: [],
          archivedLaunches: [launches[index]],
        });
      }
      expect(await workflowState(store(), 1)).toBe('READY');
      await complete(store(), 1);
      expect(await states(store())).toMatchObject({ 1: 'COMPLETED', 2: 'READY', 3: 'READY' });
    });

    it('resumes at the task that failed', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      const checkpoint = { taskIndex: 1, storedData: userMap({ a: 1 }), updateSpec: new Map(), modSpec: [] };
      const token = (
        await decide(store(), { launchIds: [id] }, (view) => ({
          kind: 'change',
          outcome: view.launches.get(id)?.token,
          change: {
            fireworks: new Map(),
            added: [],
            links: [],
            launches: new Map([[id, { ping: { checkpoint } }]]),
          },
        }))
      ).outcome;
      expect(token).toBe(`token of ${id}`);
      await act((view, request) => rerun(view, { ...request, taskLevel: { files: 'none' } }), 1);
      expect((await firework(store(), 1)).spec.get('_recovery')).toEqual(
        userMap({
          _task_n: 1,
          _all_stored_data: { a: 1 },
          _all_update_spec: {},
          _all_mod_spec: [],
          _prev_dir: `/launches/${id}`,
          _launch_id: id,
          _mode: null,
        }),
      );
    });

    it('archives whole Workflows', async () => {
      await add(store(), chain);
      await add(store(), chain);
      const id = await complete(store(), 1);
      await run(store(), 4);
      expect(await act(archive, 2)).toMatchObject({ changed: [2] });
      expect(await states(store())).toMatchObject({
        1: 'ARCHIVED',
        2: 'ARCHIVED',
        3: 'ARCHIVED',
        4: 'RUNNING',
      });
      expect(await workflowState(store(), 1)).toBe('ARCHIVED');
      expect(await firework(store(), 1)).toMatchObject({ launches: [], archivedLaunches: [id] });
      expect(await launch(store(), id)).toMatchObject({ state: 'COMPLETED' });
    });

    it('sets priorities, which count for the next claim', async () => {
      await add(store(), independent(3));
      await act((view, request) => setPriority(view, { ...request, priority: 3.5 }), 3);
      await register(store(), 'a');
      expect(claimed(await claim(store()))).toEqual([3]);
    });

    it('updates specs', async () => {
      await add(store(), { links: { 1: [2] }, specs: { 1: { a: { b: [1, 2] } } } });
      await run(store(), 1);
      const set = userMap({ 'a.b.1': 9, c: null });
      const outcome = await act((view, request) => updateSpecs(view, { ...request, set }), 1, 2);
      expect(outcome).toMatchObject({ changed: [2], skipped: [{ fwId: 1, state: 'RUNNING' }] });
      const { spec } = await firework(store(), 2);
      expect([spec.get('a'), spec.get('c')]).toEqual([userMap({ b: { 1: 9 } }), null]);
    });

    it('appends Workflows, and tells which ids they got', async () => {
      await add(store(), chain);
      await complete(store(), 1, { updateSpec: userMap({ x: 1 }) });
      const workflow = newWorkflow({ links: { [-2]: [-1] } });
      const { outcome, ids } = await decide(store(), { fwIds: fwIds(1) }, ({ neighbourhood }) =>
        appendWorkflow(neighbourhood, { workflow, parents: fwIds(1), detour: false, pullSpecMods: true }),
      );
      const idMap = [...outcome.temporaryIds].map(([own, temporary]) => [own, ids.get(temporary)]);
      expect(new Map(idMap.map(([own, id]) => [own, id]))).toEqual(
        new Map([
          [-2, 4],
          [-1, 5],
        ]),
      );
      expect(await states(store())).toMatchObject({ 4: 'READY', 5: 'WAITING' });
      expect((await firework(store(), 4)).spec.get('x')).toBe(1);
    });

    it('tells what stays as it is, and changes the others', async () => {
      await add(store(), independent(2));
      await run(store(), 1);
      const { changed, skipped } = await act(pause, 1, 2);
      expect(changed).toEqual([2]);
      expect(skipped).toMatchObject([{ fwId: 1, state: 'RUNNING' }]);
    });

    it('changes nothing when one of the Fireworks does not exist', async () => {
      await add(store(), independent(2));
      await expect(act(pause, 1, 2, 77)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await states(store())).toEqual({ 1: 'READY', 2: 'READY' });
    });

    it('works on long chains', async () => {
      const length = 1500;
      const links = Object.fromEntries(Array.from({ length }, (_, i) => [i + 1, [i + 2]]));
      const states_ = Object.fromEntries(Array.from({ length }, (_, i) => [i + 2, 'COMPLETED' as const]));
      await add(store(), { links, states: states_ });
      await act(rerun, 1);
      const waiting = { fields: 'count', filter: userMap({ state: 'WAITING' }) } as const;
      expect((await store().findFireworks(waiting)).count).toBe(length);
    });
  });
}
