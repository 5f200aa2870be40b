import { describe, expect, it } from '@jest/globals';
import { appendWorkflow } from '@skyrocket/model/decisions/append-workflow';
import { archive } from '@skyrocket/model/decisions/archive';
import { completeLaunches } from '@skyrocket/model/decisions/complete-launches';
import { defuse } from '@skyrocket/model/decisions/defuse';
import { takeOverDuplicates } from '@skyrocket/model/decisions/duplicates';
import { pause, resume } from '@skyrocket/model/decisions/pause';
import { releaseLaunches } from '@skyrocket/model/decisions/release';
import { type RerunRequest, rerun } from '@skyrocket/model/decisions/rerun';
import { fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { Checkpoint } from '@skyrocket/model/records';
import { Campaign } from '../campaign.ts';
import { action, chain, newWorkflow, user } from '../samples.ts';

describe('Telling the end of a Launch', () => {
  it('twice is harmless: the first telling counts', () => {
    const campaign = new Campaign({ links: { 1: [2] } });
    const launch = campaign.begin(1);
    campaign.tell(launch, 'COMPLETED', { modSpec: [user({ _push: { log: 1 } })] });
    expect(campaign.tell(launch, 'COMPLETED', { modSpec: [user({ _push: { log: 1 } })] }).outcome).toBe(
      'already-applied',
    );
    expect(campaign.spec(2)).toEqual({ log: [1] });
  });

  it('of several at once: each sees what the ones before did', () => {
    const campaign = new Campaign({ links: { 1: [3], 2: [3] } });
    const ends = [campaign.begin(1), campaign.begin(2)].map((launch, i) => ({
      launchId: launch,
      fwId: fwId(i + 1),
      recorded: 'RUNNING' as const,
      state: 'COMPLETED' as const,
      action: action({ modSpec: [user({ _push: { log: i } })] }),
      endedOn: campaign.world.now(),
    }));
    const finished = [...ends, ...ends.slice(0, 1)];
    const { outcome } = campaign.world.decide((known) => completeLaunches(known, { finished }));
    expect(outcome.map((end) => end.outcome)).toEqual(['applied', 'applied', 'already-applied']);
    expect(campaign.states[3]).toBe('READY');
    expect(campaign.spec(3)).toEqual({ log: [0, 1] });
  });

  it('after a rerun comes late: the Launch is written, and the Firework stays', () => {
    const campaign = new Campaign(chain);
    const launch = campaign.begin(1);
    campaign.user(rerun, 1);
    const end = campaign.tell(launch, 'COMPLETED', { updateSpec: user({ a: 1 }) });
    expect(end).toMatchObject({
      outcome: 'late',
      reason:
        'Firework 1 was rerun or archived while Launch 1 ran: it stays READY, and the result is kept with the Launch.',
    });
    expect(campaign.states).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
    expect(campaign.world.launch(launch).state).toBe('COMPLETED');
    expect(campaign.spec(2)).toEqual({});
  });

  it('after a defuse comes late too: the decision of the user stays', () => {
    const campaign = new Campaign(chain);
    const launch = campaign.begin(1);
    campaign.user(defuse, 1);
    expect(campaign.tell(launch, 'COMPLETED').outcome).toBe('late');
    expect(campaign.states).toEqual({ 1: 'DEFUSED', 2: 'WAITING', 3: 'WAITING' });
  });

  it('of a Firework that an action defused meanwhile: its result comes back when it is reignited', () => {
    const campaign = new Campaign({ links: { 1: [], 2: [3] } });
    const launch = campaign.begin(2);
    campaign.run(1, { defuseWorkflow: true });
    expect(campaign.tell(launch, 'COMPLETED')).toMatchObject({ outcome: 'late' });
    expect(campaign.states[2]).toBe('DEFUSED');
  });

  it('of a Launch or Firework that does not exist any more is refused', () => {
    const campaign = new Campaign({ links: { 1: [], 2: [] } });
    const launch = campaign.begin(1);
    const told = (id: number) => {
      const end = { launchId: launch, fwId: fwId(id), recorded: 'RUNNING' as const, action: action({}) };
      const finished = [{ ...end, state: 'COMPLETED' as const, endedOn: campaign.world.now() }];
      return campaign.world.decide((known) => completeLaunches(known, { finished })).outcome;
    };
    expect(told(9)).toEqual([
      { launchId: 1, outcome: 'refused', reason: 'Firework 9 does not exist any more.' },
    ]);
    expect(told(2)).toEqual([
      { launchId: 1, outcome: 'refused', reason: 'Launch 1 is no Launch of Firework 2.' },
    ]);
  });
});

describe('A lost Launch', () => {
  it('is FIZZLED with the reason, and so is its Firework', () => {
    const campaign = new Campaign(chain);
    const launch = campaign.begin(1);
    expect(campaign.lose(launch)).toEqual([{ launchId: 1, fwId: 1, reran: false }]);
    expect(campaign.states[1]).toBe('FIZZLED');
    expect(campaign.world.launch(launch).action?.storedData.get('_lost')).toBe('The worker is gone.');
  });

  it('that comes back counts after all', () => {
    const campaign = new Campaign(chain);
    const launch = campaign.begin(1);
    campaign.lose(launch);
    expect(campaign.tell(launch, 'COMPLETED').outcome).toBe('applied');
    expect(campaign.states).toEqual({ 1: 'COMPLETED', 2: 'READY', 3: 'WAITING' });
  });

  it('of another program is FIZZLED without a word: success that is told later counts, another failure does not', () => {
    const campaign = new Campaign(chain);
    const launch = campaign.fizzle(1);
    expect(campaign.tell(launch, 'FIZZLED', { storedData: user({ again: true }) }).outcome).toBe(
      'already-applied',
    );
    expect(campaign.tell(launch, 'COMPLETED').outcome).toBe('applied');
    expect(campaign.states[1]).toBe('COMPLETED');
  });

  it('may be rerun by policy, and then what comes back is late', () => {
    const campaign = new Campaign(chain);
    const launch = campaign.begin(1);
    expect(campaign.lose(launch, 'rerun')).toEqual([{ launchId: 1, fwId: 1, reran: true }]);
    expect(campaign.states[1]).toBe('READY');
    expect(campaign.tell(launch, 'COMPLETED').outcome).toBe('late');
    expect(campaign.states[1]).toBe('READY');
  });

  it('must be RUNNING: one that ended meanwhile is passed over', () => {
    const campaign = new Campaign(chain);
    const launch = campaign.begin(1);
    campaign.tell(launch, 'COMPLETED');
    expect(campaign.lose(launch, 'rerun')).toEqual([]);
    expect(campaign.states[1]).toBe('COMPLETED');
  });
});

describe('Giving a Launch back', () => {
  const release = (campaign: Campaign, launch: LaunchId, workers = 0) => {
    const { fwId: maker, state: recorded } = campaign.world.launch(launch);
    const cannotImport = { task: 'my.Task', workers };
    const launches = [{ launchId: launch, fwId: maker, recorded, reason: 'No time left.', cannotImport }];
    return campaign.world.decide((known) => releaseLaunches(known, { launches, now: campaign.world.now() }))
      .outcome;
  };

  it('makes the Firework READY again; the Launch is READY and archived, as after a cancelled reservation', () => {
    const campaign = new Campaign(chain);
    const launch = campaign.world.claim(fwId(1));
    expect(release(campaign, launch)).toEqual({ released: [1], paused: [] });
    expect(campaign.states[1]).toBe('READY');
    expect(campaign.launchesOf(1)).toEqual({ active: [], archived: [1] });
    expect(campaign.world.launch(launch)).toMatchObject({
      state: 'READY',
      history: [{ state: 'RESERVED' }, { state: 'READY' }],
    });
  });

  it('pauses the Firework when three different workers could not import a task, and says so in its spec', () => {
    const campaign = new Campaign(chain);
    release(campaign, campaign.begin(1), 1);
    release(campaign, campaign.begin(1), 2);
    expect(campaign.states[1]).toBe('READY');
    expect(release(campaign, campaign.begin(1), 3).paused).toEqual([1]);
    expect(campaign.states[1]).toBe('PAUSED');
    expect(campaign.spec(1)).toEqual({
      _pause_reason:
        '3 different workers could not import my.Task; make it importable and resume the Firework.',
    });
    campaign.user(resume, 1);
    expect(campaign.spec(1)).toEqual({});
  });

  it('that a rerun took away does not touch what the Firework is now', () => {
    const campaign = new Campaign(chain);
    const launch = campaign.begin(1);
    campaign.user(rerun, 1);
    expect(release(campaign, launch, 3)).toEqual({ released: [1], paused: [] });
    expect(campaign.states[1]).toBe('READY');
  });

  it('does nothing to a Launch that has ended', () => {
    const campaign = new Campaign(chain);
    const { launchId: launch } = campaign.run(1);
    expect(release(campaign, launch)).toEqual({ released: [], paused: [] });
  });
});

describe('Recovery at task level', () => {
  const checkpoint: Checkpoint = {
    taskIndex: 1,
    storedData: user({ first: 'done' }),
    updateSpec: user({ a: 1 }),
    modSpec: [],
  };
  const recover = (campaign: Campaign, request: Partial<RerunRequest>) =>
    campaign.world.decide((known) => rerun(known, { fwIds: [fwId(1)], ...request })).outcome;

  it('writes where to resume into the spec, with the saved results', () => {
    const campaign = new Campaign(chain);
    campaign.fizzle(1, checkpoint);
    expect(recover(campaign, { taskLevel: { files: 'copy' } }).changed).toEqual([1]);
    expect(campaign.states[1]).toBe('READY');
    expect(campaign.spec(1)).toEqual({
      _recovery: {
        _task_n: 1,
        _all_stored_data: { first: 'done' },
        _all_update_spec: { a: 1 },
        _all_mod_spec: [],
        _prev_dir: '/launches/1',
        _launch_id: 1,
        _mode: 'cp',
      },
    });
  });

  it('in the previous directory sets _launch_dir, and a plain rerun takes both away again', () => {
    const campaign = new Campaign(chain);
    campaign.fizzle(1, checkpoint);
    recover(campaign, { taskLevel: { files: 'previous-directory' } });
    expect(campaign.spec(1)).toMatchObject({ _launch_dir: '/launches/1', _recovery: { _mode: 'prev_dir' } });
    expect(JSON.stringify(campaign.spec(1))).toMatch(/^\{"_launch_dir"/);
    campaign.fizzle(1, checkpoint);
    recover(campaign, {});
    expect(campaign.spec(1)).toEqual({});
  });

  it('is forgotten when the Firework is defused while it runs', () => {
    const campaign = new Campaign(chain);
    campaign.fizzle(1, checkpoint);
    recover(campaign, { taskLevel: { files: 'copy' } });
    campaign.begin(1);
    campaign.world.decide((known) => defuse(known, { fwIds: [fwId(1)] }));
    expect(campaign.spec(1)).toEqual({});
  });

  it('needs an active Launch with a checkpoint', () => {
    const campaign = new Campaign(chain);
    campaign.fizzle(1);
    const without = recover(campaign, { taskLevel: { files: 'none' } });
    expect(without.skipped[0]?.reason).toMatch('Launch 1 left no checkpoint to resume from');
    const named = recover(campaign, { taskLevel: { files: 'none', launchIds: [launchId(9)] } });
    expect(named.skipped[0]?.reason).toMatch('none of the Launches named is an active one of it');
    expect(campaign.states[1]).toBe('FIZZLED');
  });
});

describe('A duplicate', () => {
  const spec = { _dupefinder: { _fw_name: 'DupeFinderExact' } };
  /** 1 → 2 and 3 → 4, where 3 is a duplicate of 1. */
  const twins = () => new Campaign({ links: { 1: [2], 3: [4] }, specs: { 1: spec, 3: spec } });
  const takeOver = (campaign: Campaign) => {
    const request = {
      fwId: fwId(3),
      claimed: campaign.world.claim(fwId(3)),
      matches: [fwId(1)],
      now: campaign.world.now(),
    };
    return campaign.world.decide((known) => takeOverDuplicates(known, request)).outcome;
  };

  it('takes over a COMPLETED Launch instead of running, and its action reaches its own children', () => {
    const campaign = twins();
    campaign.run(1, { updateSpec: user({ a: 1 }) });
    expect(takeOver(campaign)).toEqual({ taken: true, state: 'COMPLETED' });
    expect(campaign.states).toEqual({ 1: 'COMPLETED', 2: 'READY', 3: 'COMPLETED', 4: 'READY' });
    expect(campaign.spec(4)).toEqual({ a: 1 });
    expect(campaign.launchesOf(3)).toEqual({ active: [1], archived: [2] });
  });

  it('of one that runs is RUNNING with it, and completes with it', () => {
    const campaign = twins();
    const launch = campaign.begin(1);
    expect(takeOver(campaign)).toEqual({ taken: true, state: 'RUNNING' });
    campaign.tell(launch, 'COMPLETED');
    expect(campaign.states).toEqual({ 1: 'COMPLETED', 2: 'READY', 3: 'COMPLETED', 4: 'READY' });
  });

  it('of one that has not been claimed runs itself', () => {
    const campaign = twins();
    expect(takeOver(campaign)).toEqual({ taken: false, state: 'RESERVED' });
    expect(campaign.states[3]).toBe('RESERVED');
  });

  it('completes also when the one whose Launch it shares was archived meanwhile', () => {
    const campaign = new Campaign({ links: { 1: [] }, specs: { 1: spec } });
    campaign.world.add(newWorkflow({ links: { 2: [], 3: [4] }, specs: { 3: spec } }));
    const launch = campaign.begin(1);
    takeOver(campaign);
    campaign.user(archive, 1);
    expect(campaign.states).toMatchObject({ 1: 'ARCHIVED', 3: 'RUNNING' });
    campaign.tell(launch, 'COMPLETED');
    expect(campaign.states).toMatchObject({ 1: 'ARCHIVED', 3: 'COMPLETED', 4: 'READY' });
  });

  it('is rerun with the one whose Launch it shares', () => {
    const campaign = twins();
    campaign.run(1);
    takeOver(campaign);
    expect(campaign.user(rerun, 1).changed).toEqual([1, 3]);
    expect(campaign.states).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'READY', 4: 'WAITING' });
  });
});

describe('Appending a Workflow', () => {
  const append = (
    campaign: Campaign,
    parents: number[],
    more: { detour?: boolean; pullSpecMods?: boolean } = {},
  ) =>
    campaign.world.decide((known) =>
      appendWorkflow(known, {
        workflow: newWorkflow({ links: { [-1]: [-2] } }),
        parents: parents.map(fwId),
        detour: more.detour ?? false,
        pullSpecMods: more.pullSpecMods ?? true,
      }),
    );

  it('adds it below Fireworks; new roots are READY when those are COMPLETED, and receive what they handed on', () => {
    const campaign = new Campaign(chain);
    campaign.run(1, { updateSpec: user({ a: 1 }) });
    const { outcome, ids } = append(campaign, [1]);
    const root = ids.get(outcome.temporaryIds.get(fwId(-1)) ?? fwId(0));
    expect(root).toBe(5);
    expect(campaign.links).toEqual({ 1: [2, 5], 2: [3], 3: [], 4: [], 5: [4] });
    expect(campaign.states).toMatchObject({ 4: 'WAITING', 5: 'READY' });
    expect(campaign.spec(5)).toEqual({ a: 1 });
  });

  it('hands nothing on when that is switched off', () => {
    const campaign = new Campaign(chain);
    campaign.run(1, { updateSpec: user({ a: 1 }) });
    append(campaign, [1], { pullSpecMods: false });
    expect(campaign.spec(5)).toEqual({});
  });

  it('as a detour puts it before the children, unless those have begun', () => {
    const campaign = new Campaign(chain);
    append(campaign, [1], { detour: true });
    expect(campaign.links).toEqual({ 1: [2, 5], 2: [3], 3: [], 4: [2], 5: [4] });
    campaign.run(1);
    expect(() => append(campaign, [1], { detour: true })).toThrow('its child 5 is READY');
  });

  it('is refused below no Firework, below two Workflows, and where a detour would form a cycle', () => {
    const campaign = new Campaign(chain);
    campaign.world.add(newWorkflow({ specs: { 1: {} } }));
    expect(() => append(campaign, [])).toThrow('name at least one');
    expect(() => append(campaign, [1, 4])).toThrow('Fireworks 1 and 4 are in different Workflows');
    expect(() => append(campaign, [1, 2], { detour: true })).toThrow('cycle: Firework 2');
    expect(() => append(campaign, [99])).toThrow('no Firework with the fw_id 99');
  });

  it('below a PAUSED Firework waits for it', () => {
    const campaign = new Campaign(chain);
    campaign.user(pause, 1);
    append(campaign, [1]);
    expect(campaign.states).toMatchObject({ 1: 'PAUSED', 5: 'WAITING' });
  });
});
