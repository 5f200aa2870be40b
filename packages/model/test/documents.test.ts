import { describe, expect, it } from '@jest/globals';
import { emptyAction } from '@skyrocket/model/action';
import { actionFromDocument, actionToDocument, shortActionText } from '@skyrocket/model/action-document';
import { endsFirework, mergeActions } from '@skyrocket/model/action-merge';
import { changedFirework, changedHistory, changedLaunch } from '@skyrocket/model/apply-change';
import {
  fireworkToDocument,
  storedFireworkDocument,
  storedWorkflowDocument,
} from '@skyrocket/model/firework-document';
import { fwId, launchId } from '@skyrocket/model/ids';
import {
  checkpointFromDocument,
  launchFromDocument,
  launchTimes,
  launchToDocument,
  shortCheckpointText,
  storedLaunchDocument,
} from '@skyrocket/model/launch-document';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import type { FireworkRecord, LaunchRecord } from '@skyrocket/model/records';
import { timestamp } from '@skyrocket/model/timestamp';
import { isUserMap, toPlain, type UserMap } from '@skyrocket/model/user-data';
import fc from 'fast-check';
import { anyEnding } from './generators.ts';
import { action, newWorkflow, user } from './samples.ts';
import { anyUserMap, exact } from './user-data-generators.ts';

function map(json: string): UserMap {
  const value = parseJson(json);
  if (!isUserMap(value)) throw new Error('a mapping is needed');
  return value;
}

describe('An FWAction as a document', () => {
  it('has the ten keys of FireWorks, in its order', () => {
    expect(stringifyJson(actionToDocument(emptyAction()))).toBe(
      '{"stored_data": {}, "exit": false, "update_spec": {}, "mod_spec": [], "additions": [], "detours": [], "append_wfs": [], "defuse_children": false, "defuse_workflow": false, "propagate": false}',
    );
  });

  it('comes back as it was, with the Workflows in it', () => {
    fc.assert(
      fc.property(anyEnding, anyUserMap(), ({ action: said }, storedData) => {
        const document = actionToDocument({ ...said, storedData });
        const again = actionToDocument(actionFromDocument(parseJson(stringifyJson(document))));
        expect(exact(again)).toEqual(exact(document));
      }),
    );
  });

  it('is short where it says little, and comes back as it was', () => {
    expect(shortActionText(emptyAction())).toBe('{}');
    const some = { ...emptyAction(), storedData: map('{"a": 0}'), propagate: true };
    expect(shortActionText(some)).toBe('{"stored_data": {"a": 0}, "propagate": true}');
    for (const one of [emptyAction(), some])
      expect(actionFromDocument(parseJson(shortActionText(one)))).toEqual(one);
  });

  it('may leave keys out, give one mod_spec for a list of one, and Fireworks for Workflows', () => {
    const said = actionFromDocument(
      map(
        '{"mod_spec": {"_set": {"a": 1}}, "detours": {"spec": {"_tasks": []}, "fw_id": -1, "name": "d"}, "exit": 1}',
      ),
    );
    expect(said).toMatchObject({
      exit: true,
      propagate: false,
      additions: [],
      modSpec: [map('{"_set": {"a": 1}}')],
    });
    expect(said.detours).toMatchObject([{ name: 'd', fireworks: [{ fwId: -1 }] }]);
  });

  it.each([
    ['[]', 'a mapping is expected here, not a list'],
    ['{"stored_data": 1}', 'stored_data: a mapping is expected here, not an integer'],
    ['{"update_spec": "x"}', 'update_spec: a mapping is expected here, not a text'],
    ['{"mod_spec": ["x"]}', 'mod_spec: each element is a mapping of operators, not a text'],
    ['{"additions": [{"spec": {}}]}', 'additions[0].spec: a spec needs the key "_tasks"'],
    [
      '{"detours": [{"fws": [], "links": {}, "metadata": {}}]}',
      'detours[0].fws: a list of at least one Firework',
    ],
    ['{"append_wfs": [{"detour": true}]}', 'append_wfs[0]: the key "workflow" is missing'],
    [
      '{"append_wfs": [{"workflow": {"spec": {"_tasks": []}}, "parents": ["a"]}]}',
      'append_wfs[0].parents: a parent is given as its fw_id',
    ],
  ])('that is broken is refused with its place: %s', (json, sentence) => {
    expect(() => actionFromDocument(parseJson(json))).toThrow(sentence);
  });
});

describe('The actions of the tasks of a Firework', () => {
  it('are merged: stored_data and update_spec key by key, mod_spec one after another, the rest from the last task', () => {
    const first = action({
      storedData: user({ a: 1, b: 1 }),
      modSpec: [user({ _set: { x: 1 } })],
      defuseChildren: true,
    });
    const sum = mergeActions(first, {
      storedData: user({ b: 2 }),
      modSpec: [user({ _set: { x: 2 } })],
      propagate: true,
    });
    expect(toPlain(sum.storedData)).toEqual({ a: 1, b: 2 });
    expect(sum.modSpec.map(toPlain)).toMatchObject([{ _set: { x: 1 } }, { _set: { x: 2 } }]);
    expect(sum).toMatchObject({ defuseChildren: false, propagate: true });
    expect(toPlain(first.storedData)).toEqual({ a: 1, b: 1 });
  });

  it('end the Firework early when one asks for more than data', () => {
    expect(endsFirework({})).toBe(false);
    expect(endsFirework({ propagate: true, updateSpec: user({ a: 1 }) })).toBe(false);
    expect(endsFirework({ exit: true })).toBe(true);
    expect(endsFirework({ defuseChildren: true })).toBe(true);
    expect(endsFirework({ defuseWorkflow: true })).toBe(true);
    expect(endsFirework({ detours: [newWorkflow({ specs: { [-1]: {} } })] })).toBe(true);
    expect(endsFirework({ additions: [] })).toBe(false);
  });
});

const launch: LaunchRecord = {
  launchId: launchId(7),
  fwId: fwId(3),
  state: 'COMPLETED',
  fworker: { name: 'w1', category: ['a'], query: user({ a: { $gt: 1 } }), env: user({ k: 'v' }) },
  host: 'node01',
  ip: '10.0.0.1',
  launchDir: '/scratch/x',
  trackers: [{ filename: 'out', nlines: 5, allowZipped: false, content: 'last' }],
  action: action({ storedData: user({ a: 1 }) }),
  history: [
    { state: 'RESERVED', createdOn: timestamp(1000), updatedOn: timestamp(1000), reservationId: '42' },
    {
      state: 'RUNNING',
      createdOn: timestamp(3000),
      updatedOn: timestamp(3500),
      checkpoint: { taskIndex: 1, storedData: user({ s: 1 }), updateSpec: new Map(), modSpec: [] },
    },
    { state: 'COMPLETED', createdOn: timestamp(4500) },
  ],
};

describe('A Launch as a document', () => {
  it('has FireWorks’ fields: the query as JSON text, times derived from the history', () => {
    expect(toPlain(storedLaunchDocument(launch))).toMatchObject({
      fworker: { name: 'w1', category: ['a'], query: '{"a": {"$gt": 1}}', env: { k: 'v' } },
      fw_id: 3,
      launch_id: 7,
      state: 'COMPLETED',
      trackers: [{ filename: 'out', nlines: 5, allow_zipped: false, content: 'last' }],
      state_history: [
        { reservation_id: '42' },
        { checkpoint: { _task_n: 1, _all_stored_data: { s: 1 } } },
        {},
      ],
      time_start: '1970-01-01T00:00:03.000000+00:00',
      time_end: '1970-01-01T00:00:04.500000+00:00',
      runtime_secs: 1.5,
      reservedtime_secs: 2,
    });
    expect(stringifyJson(storedLaunchDocument(launch))).toContain('"reservedtime_secs": 2.0');
  });

  it('has no derived times in a file', () => {
    expect([...launchToDocument(launch).keys()]).toEqual([
      ...['fworker', 'fw_id', 'launch_dir', 'host', 'ip', 'trackers', 'action', 'state'],
      ...['state_history', 'launch_id'],
    ]);
  });

  it('comes back as it was', () => {
    expect(launchFromDocument(launchToDocument(launch))).toEqual(launch);
    expect(launchFromDocument(storedLaunchDocument(launch))).toEqual(launch);
  });

  it('has no times before it starts, and no reserved time when it was never reserved', () => {
    expect(launchTimes([])).toEqual({ timeStart: null, timeEnd: null, runtimeSeconds: null });
    const reserved = launchTimes([{ state: 'RESERVED', createdOn: timestamp(1000) }], timestamp(1500));
    expect(reserved).toEqual({ timeStart: null, timeEnd: null, runtimeSeconds: null, reservedSeconds: 0.5 });
  });

  it('of older or other programs is read too: naive times, no query, no state_history', () => {
    const document = map(
      '{"launch_id": 1, "fw_id": 2, "state": "READY", "fworker": {"name": "w", "category": null}, "state_history": [{"state": "RUNNING", "created_on": "2026-01-02T03:04:05"}]}',
    );
    expect(launchFromDocument(document)).toMatchObject({
      state: 'READY',
      action: null,
      fworker: { name: 'w', category: '', query: new Map() },
      history: [{ createdOn: '2026-01-02T03:04:05.000000+00:00' }],
    });
    expect(() => launchFromDocument(map('{"state": "DONE"}'))).toThrow('state: this is no state of a Launch');
  });
});

describe('A Firework as a document', () => {
  const firework: FireworkRecord = {
    fwId: fwId(3),
    name: 'three',
    state: 'WAITING',
    spec: user({ _tasks: [] }),
    launches: [launchId(7)],
    archivedLaunches: [],
    createdOn: timestamp(0),
    updatedOn: timestamp(1),
  };

  it('in a file leaves out what is usual, and embeds its Launches', () => {
    const alone = fireworkToDocument(firework, { active: [], archived: [] });
    expect([...alone.keys()]).toEqual(['spec', 'fw_id', 'created_on', 'updated_on', 'name']);
    const whole = fireworkToDocument(
      { ...firework, state: 'COMPLETED' },
      { active: [launch], archived: [launch] },
    );
    expect([...whole.keys()]).toEqual([
      'spec',
      'fw_id',
      'created_on',
      'updated_on',
      'launches',
      'archived_launches',
      'state',
      'name',
    ]);
  });

  it('in the database names its Launches by id', () => {
    expect(toPlain(storedFireworkDocument(firework))).toMatchObject({
      launches: [7],
      archived_launches: [],
      state: 'WAITING',
    });
  });

  it('after a change is a new record: keys of the spec are first unset, then set', () => {
    const spec = { set: user({ a: 1 }), unset: ['_tasks'] };
    const changed = changedFirework(firework, { state: 'READY', spec, launches: [] }, timestamp(9));
    expect(changed).toMatchObject({
      state: 'READY',
      launches: [],
      updatedOn: timestamp(9),
      createdOn: timestamp(0),
    });
    expect(toPlain(changed.spec)).toEqual({ a: 1 });
    expect(firework).toMatchObject({ state: 'WAITING', launches: [7] });
  });
});

describe('A Workflow as a document', () => {
  it('has texts as keys of links, parent_links and fw_states', () => {
    const document = storedWorkflowDocument({
      nodes: [fwId(1), fwId(2)],
      links: new Map([
        [fwId(1), [fwId(2)]],
        [fwId(2), []],
      ]),
      states: new Map([
        [fwId(1), 'READY' as const],
        [fwId(2), 'WAITING' as const],
      ]),
      names: new Map(),
      name: 'w',
      state: 'READY',
      metadata: user({ tag: 1 }),
      createdOn: timestamp(0),
      updatedOn: timestamp(0),
    });
    expect(toPlain(document)).toMatchObject({
      nodes: [1, 2],
      links: { 1: [2], 2: [] },
      parent_links: { 2: [1] },
      fw_states: { 1: 'READY', 2: 'WAITING' },
    });
  });
});

describe('A checkpoint as a document', () => {
  it('is short where it says little, and comes back as it was', () => {
    const first = { taskIndex: 0, storedData: map('{}'), updateSpec: map('{}'), modSpec: [] };
    const later = { ...first, taskIndex: 2, updateSpec: map('{"a": 0}') };
    expect(shortCheckpointText(first)).toBe('{}');
    expect(shortCheckpointText(later)).toBe('{"_task_n": 2, "_all_update_spec": {"a": 0}}');
    for (const one of [first, later])
      expect(checkpointFromDocument(map(shortCheckpointText(one)))).toEqual(one);
  });
});

describe('The history of a Launch', () => {
  const running = launch.history.slice(0, 2);

  it('gets a new entry; a FIZZLED one takes over the checkpoint, a COMPLETED one does not', () => {
    const fizzled = changedHistory(running, { entry: { state: 'FIZZLED', createdOn: timestamp(5) } });
    expect(fizzled.at(-1)?.checkpoint?.taskIndex).toBe(1);
    const completed = changedHistory(running, { entry: { state: 'COMPLETED', createdOn: timestamp(5) } });
    expect(completed.at(-1)?.checkpoint).toBeUndefined();
  });

  it('is pinged in its last entry, before a new one follows', () => {
    const changed = changedLaunch(
      { ...launch, history: running },
      {
        ping: { updatedOn: timestamp(8) },
        entry: { state: 'FIZZLED', createdOn: timestamp(9) },
        state: 'FIZZLED',
        action: null,
      },
    );
    expect(changed).toMatchObject({ state: 'FIZZLED', action: null });
    expect(changed.history.map((entry) => entry.updatedOn)).toEqual([
      timestamp(1000),
      timestamp(8),
      undefined,
    ]);
    expect(running[1]?.updatedOn).toBe(timestamp(3500));
  });
});
