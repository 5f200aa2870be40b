import { describe, expect, it } from '@jest/globals';
import { archive } from '@skyrocket/model/decisions/archive';
import { defuse, reignite } from '@skyrocket/model/decisions/defuse';
import { setPriority, updateSpecs } from '@skyrocket/model/decisions/edit-specs';
import { pause, resume } from '@skyrocket/model/decisions/pause';
import { refreshFireworks } from '@skyrocket/model/decisions/refresh';
import { rerun } from '@skyrocket/model/decisions/rerun';
import { fwId } from '@skyrocket/model/ids';
import { Campaign } from '../campaign.ts';
import { chain, diamond, newWorkflow, user } from '../samples.ts';

describe('Pausing', () => {
  it('holds WAITING, READY and RESERVED Fireworks back', () => {
    const campaign = new Campaign({ links: { 1: [2], 3: [] } });
    campaign.world.claim(fwId(3));
    expect(campaign.user(pause, 1, 2, 3)).toEqual({ changed: [1, 2, 3], skipped: [] });
    expect(campaign.states).toEqual({ 1: 'PAUSED', 2: 'PAUSED', 3: 'PAUSED' });
    expect(campaign.workflowState()).toBe('PAUSED');
  });

  it('leaves others as they are, and says why', () => {
    const campaign = new Campaign({ links: { 1: [], 2: [], 3: [], 4: [], 5: [] } });
    campaign.begin(1);
    campaign.run(2);
    campaign.fizzle(3);
    campaign.user(defuse, 4);
    campaign.user(pause, 5);
    const { changed, skipped } = campaign.user(pause, 1, 2, 3, 4, 5);
    expect(changed).toEqual([]);
    expect(skipped.map(({ reason }) => reason)).toEqual([
      'Firework 1 stays as it is: it is RUNNING; only WAITING, READY and RESERVED Fireworks can be paused',
      'Firework 2 stays as it is: it is COMPLETED; only WAITING, READY and RESERVED Fireworks can be paused',
      'Firework 3 stays as it is: it is FIZZLED; only WAITING, READY and RESERVED Fireworks can be paused',
      'Firework 4 stays as it is: it is DEFUSED; only WAITING, READY and RESERVED Fireworks can be paused',
      'Firework 5 stays as it is: it is PAUSED already',
    ]);
  });

  it('is undone by resuming: READY, WAITING, or RESERVED again where the reservation still exists', () => {
    const campaign = new Campaign({ links: { 1: [2], 3: [] } });
    campaign.world.claim(fwId(3));
    campaign.user(pause, 1, 2, 3);
    expect(campaign.user(resume, 1, 2, 3).changed).toEqual([1, 2, 3]);
    expect(campaign.states).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'RESERVED' });
    expect(campaign.user(resume, 1).skipped).toMatchObject([{ fwId: 1, state: 'READY' }]);
  });

  it('of a child survives the completion of its parent', () => {
    const campaign = new Campaign(chain);
    campaign.user(pause, 2);
    campaign.run(1, { updateSpec: user({ a: 1 }) });
    expect(campaign.states[2]).toBe('PAUSED');
    campaign.user(resume, 2);
    expect(campaign.states[2]).toBe('READY');
    expect(campaign.spec(2)).toEqual({ a: 1 });
  });
});

describe('Defusing', () => {
  it('switches WAITING, READY, FIZZLED and PAUSED Fireworks off, and keeps their Launches', () => {
    const campaign = new Campaign({ links: { 1: [2], 3: [], 4: [] } });
    campaign.fizzle(3);
    campaign.user(pause, 4);
    expect(campaign.user(defuse, 1, 2, 3, 4).changed).toEqual([1, 2, 3, 4]);
    expect(campaign.states).toEqual({ 1: 'DEFUSED', 2: 'DEFUSED', 3: 'DEFUSED', 4: 'DEFUSED' });
    expect(campaign.launchesOf(3)).toEqual({ active: [1], archived: [] });
  });

  it('reruns RESERVED, RUNNING and COMPLETED ones first: Launches are archived and children reset', () => {
    const campaign = new Campaign(chain);
    campaign.run(1);
    campaign.run(2);
    campaign.user(defuse, 1);
    expect(campaign.states).toEqual({ 1: 'DEFUSED', 2: 'WAITING', 3: 'WAITING' });
    expect(campaign.launchesOf(1)).toEqual({ active: [], archived: [1] });
    expect(campaign.launchesOf(2)).toEqual({ active: [], archived: [2] });
  });

  it('is undone by reigniting, which brings a FIZZLED Launch back that is still active', () => {
    const campaign = new Campaign({ links: { 1: [2], 3: [] } });
    campaign.fizzle(3);
    campaign.user(defuse, 1, 2, 3);
    expect(campaign.user(reignite, 1, 2, 3).changed).toEqual([1, 2, 3]);
    expect(campaign.states).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'FIZZLED' });
  });

  it('does nothing to what is DEFUSED or ARCHIVED', () => {
    const campaign = new Campaign({ links: { 1: [] } });
    campaign.user(defuse, 1);
    expect(campaign.user(defuse, 1).skipped).toMatchObject([{ fwId: 1, state: 'DEFUSED' }]);
    campaign.user(archive, 1);
    expect(campaign.user(defuse, 1).skipped).toMatchObject([{ fwId: 1, state: 'ARCHIVED' }]);
    expect(campaign.user(reignite, 1).skipped).toMatchObject([{ fwId: 1, state: 'ARCHIVED' }]);
  });
});

describe('A rerun', () => {
  it('archives the Launch, makes the Firework READY, and resets what is below', () => {
    const campaign = new Campaign(chain);
    campaign.run(1);
    campaign.run(2);
    campaign.run(3);
    expect(campaign.user(rerun, 1)).toEqual({ changed: [1], skipped: [] });
    expect(campaign.states).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
    expect(campaign.launchesOf(3)).toEqual({ active: [], archived: [3] });
  });

  it('resets descendants of any state but WAITING: DEFUSED, PAUSED, ARCHIVED and RUNNING ones too', () => {
    const campaign = new Campaign({ links: { 1: [2, 3, 4, 5] }, states: { 4: 'ARCHIVED' } });
    campaign.run(1);
    campaign.user(defuse, 2);
    campaign.user(pause, 3);
    campaign.begin(5);
    campaign.user(rerun, 1);
    expect(campaign.states).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING', 4: 'WAITING', 5: 'WAITING' });
  });

  it('stops at a WAITING descendant, below which nothing can have run', () => {
    const campaign = new Campaign({ links: { 1: [2], 2: [3] }, states: { 3: 'PAUSED' } });
    campaign.fizzle(1);
    campaign.user(rerun, 1);
    expect(campaign.states).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'PAUSED' });
  });

  it('is refused for ARCHIVED, DEFUSED and WAITING Fireworks, and says what to do', () => {
    const campaign = new Campaign({ links: { 1: [2], 3: [] } });
    campaign.user(defuse, 3);
    expect(campaign.user(rerun, 2, 3).skipped.map(({ reason }) => reason)).toEqual([
      'Firework 2 stays as it is: it is WAITING already',
      'Firework 3 stays as it is: it is DEFUSED; reignite it first',
    ]);
    campaign.user(archive, 1);
    expect(campaign.user(rerun, 1).skipped).toMatchObject([{ fwId: 1, state: 'ARCHIVED' }]);
  });

  it('does not undo what the earlier action did: a second run adds its additions again', () => {
    const campaign = new Campaign({ links: { 1: [2] } });
    const said = {
      additions: [newWorkflow({ specs: { [-1]: {} } })],
      modSpec: [user({ _push: { log: 'ran' } })],
    };
    campaign.run(1, said);
    campaign.user(rerun, 1);
    expect(campaign.spec(2)).toEqual({ log: ['ran'] });
    campaign.run(1, said);
    expect(campaign.links[1]).toEqual([2, 3, 4]);
    expect(campaign.spec(2)).toEqual({ log: ['ran', 'ran'] });
    expect(campaign.states).toEqual({ 1: 'COMPLETED', 2: 'READY', 3: 'READY', 4: 'READY' });
  });

  it('drops the details of the exception that fizzled it, or keeps them where the configuration says so', () => {
    const exception = { _exception: { _stacktrace: '…', _details: { code: 3 } } };
    const fizzled = () => {
      const campaign = new Campaign(chain);
      campaign.tell(campaign.begin(1), 'FIZZLED', { storedData: user(exception) });
      return campaign;
    };
    const again = (campaign: Campaign, exceptionDetails: 'keep' | 'drop') =>
      campaign.world.decide((known) => rerun(known, { fwIds: [fwId(1)], exceptionDetails }));
    const [kept, dropped] = [fizzled(), fizzled()];
    again(kept, 'keep');
    again(dropped, 'drop');
    expect(kept.spec(1)).toEqual({ _exception_details: { code: 3 } });
    expect(dropped.spec(1)).toEqual({});
  });

  it('of several Fireworks, one below the other, is done once', () => {
    const campaign = new Campaign(chain);
    campaign.run(1);
    campaign.run(2);
    expect(campaign.user(rerun, 1, 2, 1)).toEqual({ changed: [1, 2], skipped: [] });
    expect(campaign.states).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
  });

  it('works on a chain of 20,000 Fireworks, where recursion would end', () => {
    const length = 20_000;
    const links = Object.fromEntries(Array.from({ length: length - 1 }, (_, i) => [i + 1, [i + 2]]));
    const states = Object.fromEntries(
      Array.from({ length: length - 1 }, (_, i) => [i + 2, 'PAUSED' as const]),
    );
    const campaign = new Campaign({ links, states });
    campaign.fizzle(1);
    campaign.user(rerun, 1);
    expect(Object.values(campaign.states).filter((state) => state === 'WAITING')).toHaveLength(length - 1);
  });
});

describe('Archiving', () => {
  it('puts a whole Workflow away, named by any of its Fireworks, with all Launches', () => {
    const campaign = new Campaign(diamond);
    campaign.world.add(newWorkflow(chain));
    campaign.run(1);
    campaign.begin(2);
    expect(campaign.user(archive, 4)).toEqual({ changed: [4], skipped: [] });
    expect(campaign.states).toMatchObject({
      1: 'ARCHIVED',
      2: 'ARCHIVED',
      3: 'ARCHIVED',
      4: 'ARCHIVED',
      5: 'READY',
    });
    expect(campaign.launchesOf(1)).toEqual({ active: [], archived: [1] });
    expect(campaign.workflowState()).toBe('ARCHIVED');
    expect(campaign.user(archive, 1).skipped).toMatchObject([{ fwId: 1, state: 'ARCHIVED' }]);
  });
});

describe('Refreshing', () => {
  it('changes nothing where nothing is out of date', () => {
    const campaign = new Campaign(diamond);
    campaign.run(1);
    expect(campaign.user(refreshFireworks, 1, 2, 3, 4)).toEqual({ changed: [] });
  });

  it('makes a Firework WAITING that a file called READY below others', () => {
    const campaign = new Campaign({ links: { 1: [2] }, states: { 2: 'READY' } });
    expect(campaign.states).toEqual({ 1: 'READY', 2: 'READY' });
    expect(campaign.user(refreshFireworks, 2)).toEqual({ changed: [2] });
    expect(campaign.states[2]).toBe('WAITING');
  });
});

describe('Editing specs', () => {
  const update = (campaign: Campaign, set: Record<string, unknown>, ...ids: number[]) =>
    campaign.world.decide((known) => updateSpecs(known, { fwIds: ids.map(fwId), set: user(set) })).outcome;

  it('sets dotted paths below spec, into tasks too', () => {
    const campaign = new Campaign({ links: { 1: [2] } });
    expect(update(campaign, { 'a.b': 1, '_tasks.0.script': 'date' }, 1, 2).changed).toEqual([1, 2]);
    expect(campaign.spec(1)).toEqual({ a: { b: 1 } });
    const tasks = campaign.world.firework(fwId(1)).spec.get('_tasks');
    expect(tasks).toEqual([user({ _fw_name: 'ScriptTask', script: 'date' })]);
  });

  it('leaves what is RESERVED, RUNNING, COMPLETED or ARCHIVED as it is', () => {
    const campaign = new Campaign({ links: { 1: [], 2: [], 3: [] } });
    campaign.world.claim(fwId(1));
    campaign.begin(2);
    campaign.run(3);
    const { changed, skipped } = update(campaign, { a: 1 }, 1, 2, 3);
    expect(changed).toEqual([]);
    expect(skipped[2]?.reason).toBe('Firework 3 stays as it is: it is COMPLETED; rerun it first');
  });

  it('lets a child run at once that may now run below a FIZZLED parent', () => {
    const campaign = new Campaign(chain);
    campaign.fizzle(1);
    update(campaign, { _allow_fizzled_parents: true }, 2);
    expect(campaign.states[2]).toBe('READY');
    expect(campaign.spec(2)).toMatchObject({ _fizzled_parents: [{ fw_id: 1 }] });
  });

  it('sets priorities in any state', () => {
    const campaign = new Campaign({ links: { 1: [], 2: [] } });
    campaign.run(1);
    const request = { fwIds: [fwId(1), fwId(2)], priority: 2.5 };
    expect(campaign.world.decide((known) => setPriority(known, request)).outcome.changed).toEqual([1, 2]);
    expect(campaign.spec(1)).toEqual({ _priority: 2.5 });
  });
});

describe('An id that does not exist', () => {
  it('is an error for every decision, and nothing is changed', () => {
    const campaign = new Campaign(chain);
    for (const decision of [pause, resume, defuse, reignite, rerun, archive]) {
      expect(() => campaign.user(decision, 1, 77, 78)).toThrow('there is no Firework with the fw_id 77, 78');
    }
    expect(campaign.states).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
  });
});
