import { describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import { Campaign } from '../campaign.ts';
import { chain, diamond, newWorkflow, user } from '../samples.ts';

/** One Firework that an action adds; its id is negative, as FireWorks demands. */
const one = (id = -1, spec: Record<string, unknown> = {}) => newWorkflow({ specs: { [id]: spec } });

describe('When a Firework completes', () => {
  it('its children become READY, and the others wait', () => {
    const campaign = new Campaign(chain);
    expect(campaign.states).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
    expect(campaign.run(1)).toEqual({ launchId: 1, outcome: 'applied' });
    expect(campaign.states).toEqual({ 1: 'COMPLETED', 2: 'READY', 3: 'WAITING' });
  });

  it('a child waits for all its parents', () => {
    const campaign = new Campaign(diamond);
    campaign.run(1);
    campaign.run(2);
    expect(campaign.states).toEqual({ 1: 'COMPLETED', 2: 'COMPLETED', 3: 'READY', 4: 'WAITING' });
    campaign.run(3);
    expect(campaign.states[4]).toBe('READY');
  });

  it('only its neighbourhood is looked at, however large the Workflow is', () => {
    const links = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [i + 1, [i + 2]]));
    const campaign = new Campaign({ links });
    campaign.run(1);
    expect(campaign.world.asked.nodes).toBe(2);
  });
});

describe('update_spec', () => {
  it('changes the specs of the children, key by key, and of nobody else', () => {
    const campaign = new Campaign({ ...chain, specs: { 2: { a: { kept: false }, b: 1 } } });
    campaign.run(1, { updateSpec: user({ a: { new: true }, c: 2 }) });
    expect(campaign.spec(1)).toEqual({});
    expect(campaign.spec(2)).toEqual({ a: { new: true }, b: 1, c: 2 });
    expect(campaign.spec(3)).toEqual({});
  });

  it('of several parents: the one that completes last wins', () => {
    const campaign = new Campaign(diamond);
    campaign.run(1);
    campaign.run(3, { updateSpec: user({ from: 3 }) });
    campaign.run(2, { updateSpec: user({ from: 2 }) });
    expect(campaign.spec(4)).toEqual({ from: 2 });
  });

  it('reaches all descendants once with propagate', () => {
    const campaign = new Campaign(diamond);
    campaign.run(1, {
      propagate: true,
      updateSpec: user({ a: 1 }),
      modSpec: [user({ _push: { log: 'x' } })],
    });
    for (const id of [2, 3, 4]) expect(campaign.spec(id)).toEqual({ a: 1, log: ['x'] });
  });
});

describe('mod_spec', () => {
  it('is applied to the children after update_spec', () => {
    const campaign = new Campaign({ ...chain, specs: { 2: { n: 1 } } });
    campaign.run(1, {
      updateSpec: user({ n: 10 }),
      modSpec: [user({ _inc: { n: 1 } }), user({ _inc: { n: 5 } })],
    });
    expect(campaign.spec(2)).toEqual({ n: 16 });
  });

  it('that does not fit one child makes the action fail as a whole: the Firework is FIZZLED, and the Launch COMPLETED', () => {
    const campaign = new Campaign({ links: { 1: [2, 3] }, specs: { 2: { list: [] } } });
    const end = campaign.run(1, { updateSpec: user({ a: 1 }), modSpec: [user({ _unset: { list: '' } })] });
    expect(end).toMatchObject({ outcome: 'fizzled', reason: expect.stringContaining('_unset of "list"') });
    expect(campaign.states).toEqual({ 1: 'FIZZLED', 2: 'WAITING', 3: 'WAITING' });
    expect(campaign.world.launch(end.launchId).state).toBe('COMPLETED');
    expect(campaign.spec(1)).toMatchObject({
      _exception_details: { _message: expect.stringContaining('_unset') },
    });
    expect(campaign.spec(2)).toEqual({ list: [] });
    expect(campaign.spec(3)).toEqual({});
  });

  it('moves a key to the end of the spec that it takes away and makes again', () => {
    const campaign = new Campaign({ ...chain, specs: { 2: { a: 1, b: 2, c: 3 } } });
    campaign.run(1, {
      modSpec: [user({ _unset: { b: '' }, _set: { b: 2 } }), user({ _rename: { a: 'd' } })],
    });
    expect(JSON.stringify(campaign.spec(2))).toBe('{"c":3,"b":2,"d":1}');
  });
});

describe('A FIZZLED Launch', () => {
  it('keeps its action, which is never applied', () => {
    const campaign = new Campaign(chain);
    const launch = campaign.begin(1);
    campaign.tell(launch, 'FIZZLED', { updateSpec: user({ a: 1 }), defuseChildren: true });
    expect(campaign.states).toEqual({ 1: 'FIZZLED', 2: 'WAITING', 3: 'WAITING' });
    expect(campaign.spec(2)).toEqual({});
    expect(campaign.world.launch(launch).action?.defuseChildren).toBe(true);
  });
});

describe('defuse_children', () => {
  it('switches off the direct children, which then stop what is below them', () => {
    const campaign = new Campaign(chain);
    campaign.run(1, { defuseChildren: true });
    expect(campaign.states).toEqual({ 1: 'COMPLETED', 2: 'DEFUSED', 3: 'WAITING' });
    expect(campaign.workflowState()).toBe('DEFUSED');
  });
});

describe('defuse_workflow', () => {
  it('switches off all that is not COMPLETED or FIZZLED, running ones too', () => {
    const campaign = new Campaign({ links: { 1: [6], 2: [], 3: [], 4: [], 5: [] } });
    campaign.run(2);
    campaign.fizzle(3);
    campaign.begin(4);
    campaign.run(1, { defuseWorkflow: true });
    expect(campaign.states).toEqual({
      1: 'COMPLETED',
      2: 'COMPLETED',
      3: 'FIZZLED',
      4: 'DEFUSED',
      5: 'DEFUSED',
      6: 'DEFUSED',
    });
  });

  it('still attaches detours and additions of the same action to the Firework itself', () => {
    const campaign = new Campaign(chain);
    campaign.run(1, { defuseWorkflow: true, additions: [one()] });
    expect(campaign.links).toEqual({ 1: [2, 4], 2: [3], 3: [], 4: [] });
    expect(campaign.states[4]).toBe('READY');
  });
});

describe('additions', () => {
  it('are new children, READY at once, which receive nothing of the action itself', () => {
    const campaign = new Campaign(chain);
    campaign.run(1, { additions: [one(-1, { mine: 1 })], updateSpec: user({ a: 1 }) });
    expect(campaign.links[1]).toEqual([2, 4]);
    expect(campaign.states).toEqual({ 1: 'COMPLETED', 2: 'READY', 3: 'WAITING', 4: 'READY' });
    expect(campaign.spec(4)).toEqual({ mine: 1 });
    expect(campaign.spec(2)).toEqual({ a: 1 });
  });

  it('get their ids in the order of their negative ids, most negative first, over all parts of the action', () => {
    const campaign = new Campaign({ specs: { 1: {} } });
    const names = (id: number) => campaign.world.firework(fwId(id)).name;
    campaign.run(1, { additions: [newWorkflow({ links: { [-1]: [-2] } })], detours: [one(-3)] });
    expect([names(2), names(3), names(4)]).toEqual(['firework -3', 'firework -2', 'firework -1']);
    expect(campaign.links).toEqual({ 1: [2, 4], 2: [], 3: [], 4: [3] });
  });

  it('with a cycle inside make the action fail', () => {
    const campaign = new Campaign(chain);
    const cycle = newWorkflow({ links: { [-1]: [-2], [-2]: [-1] } });
    const end = campaign.run(1, { additions: [cycle] });
    expect(end).toMatchObject({
      outcome: 'fizzled',
      reason: expect.stringContaining('cycle: -2 -> -1 -> -2'),
    });
    expect(campaign.states).toEqual({ 1: 'FIZZLED', 2: 'WAITING', 3: 'WAITING' });
  });
});

describe('detours', () => {
  it('take over the children: the example of the format reference', () => {
    const campaign = new Campaign({ links: { 1: [2] } });
    campaign.run(1, { detours: [newWorkflow({ links: { [-2]: [-1] } })], additions: [one(-3)] });
    // -3 is drawn first: the addition is 3, the detour 4 → 5.
    expect(campaign.links).toEqual({ 1: [2, 3, 4], 2: [], 3: [], 4: [5], 5: [2] });
    expect(campaign.states).toEqual({ 1: 'COMPLETED', 2: 'WAITING', 3: 'READY', 4: 'READY', 5: 'WAITING' });
    campaign.run(4);
    expect(campaign.states[2]).toBe('WAITING');
    campaign.run(5);
    expect(campaign.states[2]).toBe('READY');
  });

  it('leave the children their update_spec', () => {
    const campaign = new Campaign({ links: { 1: [2] } });
    campaign.run(1, { detours: [one()], updateSpec: user({ a: 1 }) });
    expect(campaign.spec(2)).toEqual({ a: 1 });
    expect(campaign.spec(3)).toEqual({});
  });

  it('come too late for a child that has begun', () => {
    const campaign = new Campaign({ links: { 1: [2] }, specs: { 2: { _allow_fizzled_parents: true } } });
    const launch = campaign.begin(1);
    campaign.lose(launch);
    campaign.begin(2);
    const end = campaign.tell(launch, 'COMPLETED', { detours: [one()] });
    expect(end).toMatchObject({
      outcome: 'fizzled',
      reason: expect.stringContaining('its child 2 is RUNNING'),
    });
    expect(campaign.states).toEqual({ 1: 'FIZZLED', 2: 'RUNNING' });
  });
});

describe('append_wfs', () => {
  const appended = (more: { detour?: boolean; parents?: number[] } = {}) => [
    { workflow: one(), detour: more.detour ?? false, parents: (more.parents ?? []).map(fwId) },
  ];

  it('adds children that pull update_spec and mod_spec of the Firework', () => {
    const campaign = new Campaign(chain);
    campaign.run(1, {
      appendWorkflows: appended(),
      updateSpec: user({ a: 1 }),
      modSpec: [user({ _push: { log: 1 } })],
    });
    expect(campaign.links[1]).toEqual([2, 4]);
    expect(campaign.spec(4)).toEqual({ a: 1, log: [1] });
  });

  it('puts them below further parents too, and pulls from those that are COMPLETED', () => {
    const campaign = new Campaign({ links: { 1: [], 2: [], 3: [] } });
    campaign.run(2, { updateSpec: user({ from: 2, two: true }) });
    campaign.run(1, { appendWorkflows: appended({ parents: [2, 3] }), updateSpec: user({ from: 1 }) });
    expect(campaign.links).toEqual({ 1: [4], 2: [4], 3: [4], 4: [] });
    expect(campaign.spec(4)).toEqual({ from: 2, two: true });
    expect(campaign.states[4]).toBe('WAITING');
    campaign.run(3);
    expect(campaign.states[4]).toBe('READY');
  });

  it('takes over the children of the Firework as a detour', () => {
    const campaign = new Campaign({ links: { 1: [2] } });
    campaign.run(1, { appendWorkflows: appended({ detour: true }) });
    expect(campaign.links).toEqual({ 1: [2, 3], 2: [], 3: [2] });
    expect(campaign.states).toEqual({ 1: 'COMPLETED', 2: 'WAITING', 3: 'READY' });
  });

  it('refuses a parent of another Workflow, or one that does not exist', () => {
    const campaign = new Campaign({ specs: { 1: {} } });
    campaign.world.add(newWorkflow({ specs: { 1: {} } }));
    const end = campaign.run(1, { appendWorkflows: appended({ parents: [2] }) });
    expect(end).toMatchObject({
      outcome: 'fizzled',
      reason: expect.stringContaining('the parent 2 is no Firework'),
    });
    const other = new Campaign({ specs: { 1: {} } });
    expect(other.run(1, { appendWorkflows: appended({ parents: [99] }) })).toMatchObject({
      outcome: 'fizzled',
    });
  });
});

describe('_allow_fizzled_parents', () => {
  const tolerant = { links: { 1: [3], 2: [3] }, specs: { 3: { _allow_fizzled_parents: true } } };

  it('lets a child run although a parent fizzled, and tells it which one', () => {
    const campaign = new Campaign(tolerant);
    campaign.run(1);
    campaign.fizzle(2);
    expect(campaign.states).toEqual({ 1: 'COMPLETED', 2: 'FIZZLED', 3: 'READY' });
    const told = { fw_id: 2, state: 'FIZZLED', launches: [expect.objectContaining({ state: 'FIZZLED' })] };
    expect(campaign.spec(3)).toMatchObject({ _fizzled_parents: [told] });
    expect(campaign.workflowState()).toBe('RUNNING');
  });

  it('keeps what was told when the parent is rerun', () => {
    const campaign = new Campaign(tolerant);
    campaign.run(1);
    campaign.fizzle(2);
    const told = campaign.spec(3);
    campaign.run(3);
    expect(campaign.spec(3)).toEqual(told);
  });
});
