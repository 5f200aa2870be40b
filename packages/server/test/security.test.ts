import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AgentId, StartToken } from '@skyrocket/contract/agents';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { operationTable } from '@skyrocket/contract/operation-table';
import type { Role, TokenGrant } from '@skyrocket/contract/tokens';
import { emptyAction } from '@skyrocket/model/action';
import { fwId, launchId } from '@skyrocket/model/ids';
import {
  add,
  claim,
  register,
  reportOf,
  run,
  start,
  states,
} from '../../launchpad/test/launchpad-contract/worker-steps.ts';
import {
  agent,
  agentId,
  chain,
  fworker,
  independent,
  newKey,
  newWorkflow,
  token,
  userMap,
} from '../../launchpad/test/store-contract/samples.ts';
import { operationNames } from '../src/operation-routes.ts';
import { type ServedLaunchPad, servedLaunchPad } from './served-launchpad.ts';

// Real servers, where other tests start theirs.

let served: ServedLaunchPad;

beforeAll(async () => {
  served = await servedLaunchPad();
});

afterAll(() => served.close());

const post = (path: string, body: string | Uint8Array<ArrayBuffer>, secret?: string) =>
  served.send(path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
    ...(secret !== undefined && { token: secret }),
  });

/** Written out, so that a slip in the table of operations is seen. */
const anybody = ['identity'];
const readers = [
  'countByPeriod dumpWorkflow findFireworks findLaunches findLostRuns findOrphans findWorkflows inspect',
].flatMap((names) => names.split(' '));
const workers = [
  'cancelReservations claim deadAgents findChains findOffline heartbeat noteReservation registerAgent registerOffline',
  'release report reserve runtimes saveChain signOff start tellOffline upkeep workFor',
].flatMap((names) => names.split(' '));
const users = [
  'addWorkflows appendWorkflow archive declareLost defuse deleteWorkflows explainLost forgetOffline pause refresh reignite rerun',
  'resume setPriority updateSpecs',
].flatMap((names) => names.split(' '));
const admins = [
  'createToken deleteOrphans findAgent findOwners findToken importWorkflows listTokens reset revokeToken tuneUp unlock',
].flatMap((names) => names.split(' '));

const allowed: Record<Role, string[]> = {
  reader: [...anybody, ...readers],
  worker: [...anybody, ...workers],
  user: [...anybody, ...readers, ...workers, ...users],
  admin: [...anybody, ...readers, ...workers, ...users, ...admins],
};

describe('each role against each operation', () => {
  it.each(['reader', 'worker', 'user', 'admin'] as const)('%s', async (role) => {
    const secret = await served.token({ role });
    const permitted: string[] = [];
    for (const name of operationNames()) {
      // Not understood by any operation: whoever may call it is told so, the others are not heard.
      const { status } = await post(`/v1/${name}`, '[', secret);
      if (status === 400) permitted.push(name);
      else expect([name, status]).toEqual([name, 403]);
    }
    expect(permitted.sort()).toEqual(allowed[role].sort());
  });

  it('nothing is open without a token but health and the description', async () => {
    for (const name of operationNames()) expect((await post(`/v1/${name}`, '{}')).status).toBe(403);
    for (const path of ['/metrics', '/v1/events', '/', '/v1/', '/nothing']) {
      expect((await served.send(path)).status).toBe(403);
    }
  });

  it('events are for readers', async () => {
    const secret = await served.token({ role: 'worker' });
    expect((await served.send('/v1/events', { token: secret })).status).toBe(403);
  });
});

describe('a token', () => {
  it('opens nothing when it is guessed, revoked or expired', async () => {
    const admin = await served.as({ role: 'admin' });
    const secret = await served.token({ label: 'to be revoked' });
    const { tokens } = await admin.listTokens();
    const tokenId = tokens.find(({ label }) => label === 'to be revoked')?.tokenId ?? '';
    await admin.revokeToken({ key: newKey(), tokenId });
    const expired = await served.token({
      expiresOn: (await served.stored.listTokens()).tokens[0]?.createdOn ?? null,
    });
    for (const wrong of [secret, expired, randomBytes(32).toString('base64url'), `${secret}x`, '', ' ']) {
      expect((await post('/v1/identity', '{}', wrong)).status).toBe(403);
    }
  });

  it('is never told again: lists and answers hold neither secret nor hash', async () => {
    const secret = await served.token({ label: 'hidden' });
    const answer = await post('/v1/listTokens', '{}', await served.token({ role: 'admin' }));
    const text = await answer.text();
    expect(text).toContain('hidden');
    expect(text).not.toContain(secret);
    expect(text).not.toMatch(/hash|[0-9a-f]{64}/);
  });

  it('cannot be made by a user, nor made stronger', async () => {
    const user = await served.as({ role: 'user' });
    const grant = {
      key: newKey(),
      tokenId: 't',
      hash: 'a'.repeat(64),
      label: '',
      fworker: null,
      category: null,
      query: new Map(),
      expiresOn: null,
    };
    await expect(user.createToken({ ...grant, role: 'admin' })).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    });
  });
});

describe('those who guess tokens', () => {
  it('are stopped before their guesses are looked up; holders of tokens go on', async () => {
    const secret = await served.token();
    expect((await post('/v1/identity', '{}', secret)).status).toBe(200);
    const guess = () => post('/v1/identity', '{}', randomBytes(32).toString('base64url'));
    let answer = await guess();
    for (let i = 0; i < 1000 && answer.status !== 429; i++) answer = await guess();
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await post('/v1/identity', '{}', secret)).status).toBe(200);
  });

  it('are stopped when a token asks more often than it may', async () => {
    const narrow = await servedLaunchPad({ requestsPerMinute: 3 });
    const launchpad = await narrow.as();
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => launchpad.identity()));
    expect(asked.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    await narrow.close();
  });
});

describe('a request that is not as it should be', () => {
  let fresh: ServedLaunchPad;
  let user: string;
  beforeAll(async () => {
    fresh = await servedLaunchPad();
    user = await fresh.token();
  });
  afterAll(() => fresh.close());
  const send = async (
    name: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ) => {
    const answer = await fresh.send(`/v1/${name}`, {
      method: 'POST',
      body,
      token: user,
      headers: { 'content-type': 'application/json', ...headers },
    });
    const refusal = (await answer.json()) as { code: string; message: string };
    return { status: answer.status, refusal };
  };

  it.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['an unknown key', '{"fields": "count", "admin": true}'],
    ['a key that objects have', '{"fields": "count", "__proto__": {"role": "admin"}}'],
    ['another key that objects have', '{"fields": "count", "constructor": {"prototype": {"role": "admin"}}}'],
    ['a wrong type', '{"fields": 1}'],
    ['a wrong list', '{"fields": "count", "fwIds": {"0": 1}}'],
    ['an id out of bounds', '{"fields": "count", "fwIds": [1e300]}'],
    ['an id that is huge', '{"fields": "count", "fwIds": [123456789012345678901234567890]}'],
    ['no UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
    ['deep JSON', `{"fields": "count", "filter": ${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
    ['deep lists', `{"fields": "count", "filter": {"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
    ['code in a query', '{"fields": "count", "filter": {"$where": "sleep(1000)"}}'],
    [
      'code in an expression',
      '{"fields": "count", "filter": {"$expr": {"$function": {"body": "x", "args": [], "lang": "js"}}}}',
    ],
    ['an unknown operator', '{"fields": "count", "filter": {"a": {"$explode": 1}}}'],
  ])('is refused in one sentence (%s)', async (_what, body) => {
    const { status, refusal } = await send('findFireworks', body);
    expect(status).toBe(400);
    expect(refusal).toEqual({ code: expect.stringMatching(/^BAD_/), message: expect.stringMatching(/./) });
    expect(refusal.message).not.toMatch(/at .*\.ts:|node_modules|Error:/);
  });

  it('is refused when it is of another kind', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      expect((await send('identity', 'x=1', { 'content-type': type })).status).toBe(415);
    }
    expect((await fresh.send('/v1/identity', { token: user })).status).toBe(404);
  });

  it('leaves nothing in the objects of the server', async () => {
    const spec =
      '{"_tasks": [], "__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}';
    const workflow = `{"name": "w", "metadata": {"__proto__": {"polluted": true}}, "fireworks": [{"fwId": -1, "name": "a", "spec": ${spec}, "state": "READY", "launches": [], "archivedLaunches": []}], "links": []}`;
    expect((await send('addWorkflows', `{"key": "k", "workflows": [${workflow}]}`)).status).toBe(200);
    const set = '{"__proto__.polluted": true, "constructor.prototype.polluted": true}';
    for (const [name, body] of [
      ['findFireworks', '{"fields": "all", "filter": {"spec.__proto__.polluted": true}}'],
      ['updateSpecs', `{"key": "p", "fwIds": [1], "set": ${set}}`],
      ['updateSpecs', `{"key": "q", "fwIds": [1], "set": {}, "update": {"$set": ${set}}}`],
    ] as const) {
      expect((await send(name, body)).status).toBeLessThan(500);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
    }
  });

  it('is refused when it is too large, before it is read', async () => {
    const { status, refusal } = await send(
      'findFireworks',
      `{"fields": "count", "fwIds": [${'1,'.repeat(3_000_000)}1]}`,
    );
    expect([status, refusal.code]).toEqual([413, 'TOO_LARGE']);
  });

  it('is refused when it takes endless time', async () => {
    const user2 = await fresh.as();
    const { idMaps } = await user2.addWorkflows({
      key: newKey(),
      workflows: [newWorkflow({ specs: { 1: { text: `${'a'.repeat(100)}b` } } })],
    });
    expect(idMaps).toHaveLength(1);
    const filter = userMap({ 'spec.text': { $regex: '^(a+)+$' } });
    await expect(user2.findFireworks({ fields: 'count', filter })).rejects.toMatchObject({
      code: 'BAD_QUERY',
    });
  });

  it('reaches no file: paths are only names of operations', async () => {
    for (const path of [
      '/v1/../../etc/passwd',
      '/v1/%2e%2e/%2e%2e/etc/passwd',
      '/docs/../../package.json',
      '/v1/..%2f..%2fetc%2fpasswd',
      '//etc/passwd',
    ]) {
      const answer = await fresh.send(path, { token: user });
      expect(answer.status).toBe(404);
      expect(await answer.text()).not.toMatch(/root:|"name"/);
    }
  });

  it('answers all the same afterwards', async () => {
    expect((await send('identity', '{}')).status).toBe(200);
  });
});

describe("a worker's token", () => {
  let site: ServedLaunchPad;
  let worker: LaunchPad;
  beforeAll(async () => {
    site = await servedLaunchPad();
    worker = await site.as({ role: 'worker' });
    await add(site.stored, independent(6));
    await add(site.stored, { links: { 1: [2] } });
  });
  afterAll(() => site.close());

  it('runs Launches', async () => {
    const id = await run(worker, 1);
    expect(
      (await worker.report({ key: newKey(), reports: [await reportOf(worker, id)] })).results,
    ).toMatchObject([{ outcome: 'applied' }]);
  });

  it('does not speak for the agent of another', async () => {
    const other = await site.as({ role: 'worker' });
    await register(worker, 'mine');
    for (const attempt of [
      () => other.heartbeat({ agentId: agentId('mine'), pings: [] }),
      () => other.signOff({ agentId: agentId('mine') }),
      () => other.registerAgent(agent('mine')),
      () => claim(other, { agentId: agentId('mine') }),
      () => other.release({ key: newKey(), agentId: agentId('mine'), releases: [] }),
      () => start(other, launchId(1), 'mine'),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    }
  });

  it('does not say which token an agent belongs to', async () => {
    const forged = { ...agent('forged'), owner: 'somebody' };
    await worker.registerAgent(forged);
    await expect(worker.heartbeat({ agentId: agentId('forged'), pings: [] })).resolves.toEqual({
      takenAway: [],
    });
  });

  it('cannot report what it did not start: forged, replayed and foreign reports change nothing', async () => {
    const id = await run(worker, 2);
    const told = await reportOf(worker, id);
    const other = await site.as({ role: 'worker' });
    const outcome = async (as: LaunchPad, members: Partial<typeof told>) =>
      (await as.report({ key: newKey(), reports: [{ ...told, ...members }] })).results[0]?.outcome;
    expect(await outcome(other, { token: randomUUID() as StartToken })).toBe('refused');
    expect(await outcome(other, { launchpad: randomUUID() })).toBe('refused');
    expect(await outcome(other, { launchId: launchId(9999) })).toBe('refused');
    expect(await states(site.stored)).toMatchObject({ 2: 'RUNNING' });
    expect(await outcome(worker, {})).toBe('applied');
    expect(await outcome(worker, { state: 'FIZZLED' })).toBe('already-applied');
    expect(await states(site.stored)).toMatchObject({ 2: 'COMPLETED' });
  });

  it('cannot write news of a Launch that another started', async () => {
    const id = await run(worker, 3);
    const other = await site.as({ role: 'worker' });
    await register(other, 'other');
    const trackers = [{ filename: '/etc/passwd', nlines: 1, allowZipped: false, content: 'forged' }];
    const { takenAway } = await other.heartbeat({
      agentId: agentId('other'),
      pings: [{ launchId: id, token: token('guessed'), trackers }],
    });
    expect(takenAway).toMatchObject([{ launchId: id }]);
    const { launches } = await site.stored.findLaunches({ launchIds: [id] });
    expect(JSON.stringify(launches)).not.toContain('forged');
  });

  it('adds to its own Workflow only', async () => {
    const id = await run(worker, 4);
    const appendWorkflows = [{ workflow: newWorkflow(chain), detour: false, parents: [fwId(7)] }];
    const report = await reportOf(worker, id, { action: { ...emptyAction(), appendWorkflows } });
    const { results } = await worker.report({ key: newKey(), reports: [report] });
    expect(results).toMatchObject([{ outcome: 'fizzled' }]);
    expect((await site.stored.findFireworks({ fields: 'count' })).count).toBe(8);
  });

  it('has no query of its own, which would be a question about specs', async () => {
    const nosy = { ...fworker(), query: userMap({ 'spec.secret': { $gt: 'm' } }) };
    await expect(worker.workFor({ fworker: nosy })).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    await expect(claim(worker, { fworker: nosy })).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  });

  it('does no upkeep: the server does', async () => {
    expect(await worker.deadAgents({ key: newKey() })).toEqual({ agents: [], heldByAnother: true });
    expect(await worker.upkeep({ key: newKey(), told: ['a' as AgentId] })).toEqual({
      lost: [],
      released: [],
      finished: 0,
    });
  });

  it.each<[string, Partial<TokenGrant>, Parameters<typeof fworker>[0]]>([
    ['FWorker', { fworker: 'cluster' }, { name: 'other' }],
    ['category', { category: 'long' }, { category: 'short' }],
    ['category', { category: 'long' }, { category: ['long', 'short'] }],
    ['query', { query: userMap({ 'spec.a': 1 }) }, { query: userMap({ 'spec.a': 2 }) }],
  ])('bound to a %s serves no other', async (_what, grant, other) => {
    const bound = await site.as({ role: 'worker', ...grant });
    await expect(bound.registerAgent({ ...agent('bound'), fworker: fworker(other) })).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    });
  });

  it('claims by id only what suits its worker', async () => {
    const bound = await site.as({ role: 'worker', category: 'long' });
    const long = fworker({ category: 'long' });
    await bound.registerAgent({ ...agent('long'), fworker: long });
    await expect(
      claim(bound, { agentId: agentId('long'), fworker: long, fwId: fwId(5) }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the table of operations', () => {
  it('has a role for everything that the contract has', () => {
    expect(Object.keys(operationTable).sort()).toEqual(allowed.admin.sort());
  });
});
