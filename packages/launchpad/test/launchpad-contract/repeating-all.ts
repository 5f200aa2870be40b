import { describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { OperationName, operations } from '@skyrocket/contract/operations';
import { emptyAction } from '@skyrocket/model/action';
import type { LaunchId } from '@skyrocket/model/ids';
import { fwId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import {
  agent,
  agentId,
  chain,
  fwIds,
  fworker,
  newKey,
  newWorkflow,
  token,
  userMap,
} from '../store-contract/samples.ts';
import type { CurrentLaunchPad } from './fresh-launchpad.ts';
import { add, claim, complete, fizzle, register, reportOf, reserve, run } from './worker-steps.ts';

/** Brings a launchpad that has a chain to where the operation means something; gives the call that is to be repeated. */
type Scene = (launchpad: LaunchPad) => Promise<() => Promise<unknown>> | (() => Promise<unknown>);

/** Operations that change something: one without a scene here does not compile. */
type Changing = {
  [Name in OperationName]: (typeof operations)[Name]['effect'] extends 'changes' ? Name : never;
}[OperationName];

/** By their key: the same request again. */
const key = 'the change';
const onFirst = { key, fwIds: fwIds(1) };
const place = { host: 'login', ip: '10.0.0.9', launchDir: '/launch' };
const workflow = newWorkflow({ specs: { [-1]: {} } });

const reserved = async (launchpad: LaunchPad): Promise<LaunchId> => {
  const request = { key: newKey(), fworker: fworker(), order: 'any', ...place } as const;
  const { reservation } = await launchpad.reserve(request);
  if (!reservation) throw new Error('nothing can be reserved');
  return reservation.launchId;
};

const offline = async (launchpad: LaunchPad): Promise<LaunchId> => {
  const id = await reserved(launchpad);
  await launchpad.registerOffline({ launchIds: [id] });
  return id;
};

const grant = {
  ...({ tokenId: 't', role: 'worker', label: 'a token', fworker: null, category: null } as const),
  ...{ query: userMap({}), expiresOn: null, hash: 'a'.repeat(64) },
};

const scenes: Record<Changing, Scene> = {
  addWorkflows: (launchpad) => () => launchpad.addWorkflows({ key, workflows: [workflow] }),
  appendWorkflow: (launchpad) => () =>
    launchpad.appendWorkflow({ key, workflow, parents: fwIds(1), detour: true, pullSpecMods: true }),
  deleteWorkflows: (launchpad) => () => launchpad.deleteWorkflows(onFirst),
  reset: (launchpad) => () => launchpad.reset({ key }),
  rerun: async (launchpad) => {
    await complete(launchpad, 1);
    return () => launchpad.rerun(onFirst);
  },
  pause: (launchpad) => () => launchpad.pause(onFirst),
  resume: async (launchpad) => {
    await launchpad.pause({ ...onFirst, key: newKey() });
    return () => launchpad.resume(onFirst);
  },
  defuse: (launchpad) => () => launchpad.defuse(onFirst),
  reignite: async (launchpad) => {
    await launchpad.defuse({ ...onFirst, key: newKey() });
    return () => launchpad.reignite(onFirst);
  },
  archive: (launchpad) => () => launchpad.archive(onFirst),
  setPriority: (launchpad) => () => launchpad.setPriority({ ...onFirst, priority: 3 }),
  updateSpecs: (launchpad) => () => launchpad.updateSpecs({ ...onFirst, set: userMap({ n: 1 }) }),
  refresh: (launchpad) => () => launchpad.refresh(onFirst),
  registerAgent: (launchpad) => () => launchpad.registerAgent(agent('a')),
  heartbeat: async (launchpad) => {
    const launchId = await run(launchpad, 1);
    const checkpoint = { taskIndex: 1, storedData: userMap({ n: 1 }), updateSpec: userMap({}), modSpec: [] };
    const pings = [{ launchId, token: token(`token of ${launchId}`), checkpoint }];
    return () => launchpad.heartbeat({ agentId: agentId('a'), pings });
  },
  signOff: async (launchpad) => {
    await reserve(launchpad, 1);
    return () => launchpad.signOff({ agentId: agentId('a') });
  },
  claim: async (launchpad) => {
    await register(launchpad, 'a');
    return () => claim(launchpad, { key, count: 2 });
  },
  start: async (launchpad) => {
    const starts = [{ launchId: await reserve(launchpad, 1), token: token('mine'), launchDir: '/launch' }];
    const { host, ip } = place;
    return () => launchpad.start({ key, agentId: agentId('a'), fworker: fworker(), host, ip, starts });
  },
  report: async (launchpad) => {
    const action = { ...emptyAction(), detours: [workflow], modSpec: [userMap({ _inc: { n: 1 } })] };
    const reports = [await reportOf(launchpad, await run(launchpad, 1), { action })];
    return () => launchpad.report({ key, reports });
  },
  release: async (launchpad) => {
    const releases = [{ launchId: await reserve(launchpad, 1), reason: 'Not now.' }];
    return () => launchpad.release({ key, agentId: agentId('a'), releases });
  },
  reserve: (launchpad) => () => launchpad.reserve({ key, fworker: fworker(), order: 'any', ...place }),
  noteReservation: async (launchpad) => {
    const launchId = await reserved(launchpad);
    return () => launchpad.noteReservation({ launchId, launchDir: '/other', reservationId: '42' });
  },
  cancelReservations: async (launchpad) => {
    const launchIds = [await reserved(launchpad)];
    return () => launchpad.cancelReservations({ key, launchIds, reason: 'Cancelled.' });
  },
  saveChain: (launchpad) => () => launchpad.saveChain({ name: 'chain', revision: 0, state: '{}' }),
  registerOffline: async (launchpad) => {
    const launchIds = [await reserved(launchpad)];
    return () => launchpad.registerOffline({ launchIds });
  },
  tellOffline: async (launchpad) => {
    const action = { ...emptyAction(), detours: [workflow], modSpec: [userMap({ _inc: { n: 1 } })] };
    const startedOn = timestamp(Date.UTC(2030, 0, 1, 12, 0));
    const ended = { state: 'COMPLETED', action, endedOn: timestamp(Date.UTC(2030, 0, 1, 12, 9)) } as const;
    const runs = [{ launchId: await offline(launchpad), fwId: fwId(1), startedOn, ended }];
    return () => launchpad.tellOffline({ runs });
  },
  forgetOffline: async (launchpad) => {
    await offline(launchpad);
    return () => launchpad.forgetOffline(onFirst);
  },
  deadAgents: async (launchpad) => {
    await run(launchpad, 1);
    return () => launchpad.deadAgents({ key });
  },
  upkeep: async (launchpad) => {
    await run(launchpad, 1);
    await launchpad.deadAgents({ key });
    return () => launchpad.upkeep({ key, told: [] });
  },
  createToken: (launchpad) => () => launchpad.createToken({ key, ...grant }),
  revokeToken: async (launchpad) => {
    await launchpad.createToken({ key: newKey(), ...grant });
    return () => launchpad.revokeToken({ key, tokenId: grant.tokenId });
  },
  declareLost: async (launchpad) => {
    const launchIds = [await run(launchpad, 1)];
    return () => launchpad.declareLost({ key, silentSeconds: 0, launchIds, afterwards: 'rerun' });
  },
  explainLost: async (launchpad) => {
    const end = { cause: 'NODE_FAIL', words: 'NODE_FAIL', afterwards: 'rerun' } as const;
    const ends = [{ launchId: await fizzle(launchpad, 1), ...end }];
    return () => launchpad.explainLost({ key, ends });
  },
  deleteOrphans: (launchpad) => () => launchpad.deleteOrphans(onFirst),
  unlock: (launchpad) => () => launchpad.unlock(onFirst),
  tuneUp: (launchpad) => () => launchpad.tuneUp({ key, extent: 'indexes' }),
  importWorkflows: (launchpad) => () =>
    launchpad.importWorkflows({
      source: { launchpad: 'another', nextFwId: 9, nextLaunchId: 9 },
      workflows: [newWorkflow({ links: { 5: [6] } })],
    }),
};

/** What was done is done: the second answer may say so, where nobody acts on it but to be at rest. */
const toldOnce: Partial<Record<Changing, (answer: unknown) => void>> = {
  report: (answer) => expect(answer).toMatchObject({ results: [{ outcome: 'already-applied' }] }),
  tellOffline: (answer) => expect(answer).toMatchObject({ results: [{ outcome: 'already-applied' }] }),
  importWorkflows: (answer) => expect(answer).toMatchObject({ results: [{ outcome: 'known' }] }),
  // Whoever asked looks at the chain again, and finds his own.
  saveChain: (answer) => expect(answer).toEqual({ saved: false }),
  upkeep: (answer) => expect(answer).toEqual({ lost: [], released: [], finished: 0 }),
};

const isChanging = (name: string): name is Changing => Object.hasOwn(scenes, name);

export function repeatingAllContract(launchpad: CurrentLaunchPad): void {
  /** All that can be seen. When somebody was last heard of is no news. */
  const everything = async (): Promise<string> => {
    const seen = [
      await launchpad().findFireworks({ fields: 'all' }),
      await launchpad().findWorkflows({ fields: 'launches' }),
      await launchpad().findChains(),
      await launchpad().findOffline(),
      await launchpad().listTokens(),
      await launchpad().findAgent({ agentId: agentId('a') }),
    ];
    return JSON.stringify(seen, (name, value) => {
      if (name === 'updatedOn') return undefined;
      return value instanceof Map ? [...value] : value;
    });
  };

  describe('each operation that changes something, asked twice with the very same request', () => {
    it.each(Object.keys(scenes).filter(isChanging))('%s', async (name) => {
      await add(launchpad(), chain);
      const repeated = await scenes[name](launchpad());
      const answer = await repeated();
      const after = await everything();
      const again = await repeated();
      expect(await everything()).toBe(after);
      const { [name]: expectTold } = toldOnce;
      if (expectTold) expectTold(again);
      else expect(again).toEqual(answer);
    });
  });
}
