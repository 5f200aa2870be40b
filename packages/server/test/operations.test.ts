import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { httpLaunchPad } from '@skyrocket/client/http-launchpad';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { fwId } from '@skyrocket/model/ids';
import { Float, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type ServedLaunchPad, servedLaunchPad } from './served-launchpad.ts';

// Real servers, where other tests start theirs.

let served: ServedLaunchPad;
let launchpad: LaunchPad;

beforeEach(async () => {
  served = await servedLaunchPad();
  launchpad = await served.as();
});

afterEach(() => served.close());

describe('a launchpad that is reached over HTTP', () => {
  it('takes a Workflow and gives it back as it was', async () => {
    const spec: UserMap = new Map<string, UserValue>([
      ['_tasks', []],
      ['x', new Float(1)],
      ['10', [2n ** 70n, Number.NaN, Number.NEGATIVE_INFINITY]],
      ['2', null],
      ['__proto__', new Map([['admin', true]])],
    ]);
    const { idMaps } = await launchpad.addWorkflows({
      key: 'add',
      workflows: [
        {
          name: 'w',
          metadata: new Map(),
          fireworks: [
            { fwId: fwId(-1), name: 'a', spec, state: 'READY', launches: [], archivedLaunches: [] },
          ],
          links: new Map(),
        },
      ],
    });
    expect(idMaps).toEqual([new Map([[-1, 1]])]);
    const { fireworks } = await launchpad.findFireworks({ fields: 'all' });
    expect(fireworks).toMatchObject([{ fwId: 1, name: 'a', state: 'READY' }]);
    expect(fireworks[0]?.spec).toEqual(spec);
    expect([...(fireworks[0]?.spec.keys() ?? [])]).toEqual([...spec.keys()]);
  });

  it('says what is wrong with a request in the same words', async () => {
    await expect(launchpad.dumpWorkflow({ fwId: fwId(7) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('tells its health to everybody', async () => {
    expect((await served.send('/healthz')).status).toBe(200);
    expect(await (await served.send('/readyz')).json()).toEqual({ status: 'ready' });
  });

  it('tells figures to readers', async () => {
    await launchpad.findFireworks({ fields: 'count' });
    const page = await served.send('/metrics', { token: await served.token({ role: 'reader' }) });
    const text = await page.text();
    expect(text).toMatch(/skyrocket_fireworks\{state="READY"\} 0/);
    expect(text).toMatch(/skyrocket_request_seconds_count\{operation="\/v1\/findFireworks",status="200"\} 1/);
    expect((await served.send('/metrics', { token: await served.token({ role: 'worker' }) })).status).toBe(
      403,
    );
  });

  it('answers a client of another version clearly', async () => {
    const answer = await served.send('/v1/identity', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json', 'skyrocket-protocol': '99' },
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      {
        code: 'BAD_CONFIGURATION',
        message: expect.stringMatching(/speaks protocol 1 .*the client speaks 99; install the same version/),
      },
    ]);
  });

  it('is told from something else that listens there', async () => {
    const elsewhere = httpLaunchPad({ url: `${served.server.url}/nothing`, token: await served.token() });
    await expect(elsewhere.identity()).rejects.toMatchObject({
      code: 'BAD_USAGE',
      message: expect.stringMatching(/\(Skyrocket .*\) has no such operation; correct url: .*same version/),
    });
  });
});

describe('the description of the server', () => {
  interface Body {
    content: Record<string, { schema: object }>;
  }
  interface Description {
    openapi: string;
    paths: Record<string, { post?: { requestBody: Body; responses: Record<string, Body> } }>;
  }

  it('has every operation in OpenAPI 3.1', async () => {
    const answer = await served.send('/openapi.json');
    const { openapi, paths } = (await answer.json()) as Description;
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v1/claim', '/v1/report', '/v1/events', '/healthz', '/metrics']),
    );
    expect(paths['/v1/claim']?.post).toMatchObject({ responses: { 200: {}, 403: {}, 503: {} } });
  });

  it('is valid to those who read OpenAPI 3.1, and its schemas to those who read JSON Schema', async () => {
    const description = (await (await served.send('/openapi.json')).json()) as Record<string, unknown>;
    const validator = new Validator();
    expect(await validator.validate(description)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const whole = JSON.stringify(validator.resolveRefs());
    const { paths } = JSON.parse(whole) as Description;
    const schemas = new Ajv2020({ strict: true, allowUnionTypes: true });
    for (const { post } of Object.values(paths)) {
      const { requestBody, responses } = post ?? { responses: {} };
      for (const [status, part] of Object.entries({ request: requestBody, ...responses })) {
        const schema = part?.content['application/json']?.schema ?? {};
        expect([status, schemas.validateSchema(schema), schemas.errors]).toEqual([status, true, null]);
        expect(() => schemas.compile(schema)).not.toThrow();
      }
    }
  });

  it('uses only words of JSON Schema', async () => {
    const text = await (await served.send('/openapi.json')).text();
    expect(text).not.toMatch(/"wire"|additionalItems/);
    const described = JSON.parse(text).components.schemas;
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g))
      expect(described).toHaveProperty(name ?? '');
  });

  it('is a page that needs nothing from elsewhere', async () => {
    const answer = await served.send('/docs');
    const page = await answer.text();
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    expect(page).toContain('/v1/claim');
    expect(page).not.toMatch(/<script|https?:\/\/|src=/);
  });
});
