import { operations } from '@skyrocket/contract/operations';
import type { Operation } from '@skyrocket/contract/operations/operation';
import { bodyLimitOf, eventsPath, operationPath } from '@skyrocket/contract/protocol';
import type { Role } from '@skyrocket/contract/tokens';
import { skyrocketVersion } from '@skyrocket/contract/version';
import { operationNames } from './operation-routes.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The OpenAPI 3.1 description of the server, from the table of operations. */
export function openApi(basePath: string): Json {
  const paths = operationNames().map((name): [string, Json] => [
    operationPath(name),
    { post: describeOperation(name, operations[name]) },
  ]);
  return {
    openapi: '3.1.0',
    info: { title: 'Skyrocket', version: skyrocketVersion, description },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    security: [{ token: [] }],
    paths: { ...Object.fromEntries(paths), [eventsPath]: { get: events }, ...openRoutes },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Refusal: refusal, UserMap: userMap, UserData: userData },
    },
  };
}

const description =
  'Every operation is a POST with JSON in UTF-8. Those that change something carry a key, drawn once for one intended change: ' +
  'repeated with the same key after a lost answer, they change nothing and give the first answer; the few without a key may be ' +
  'repeated as they are. ' +
  'Numbers of user data keep their kind: 1.0 is a float, integers have any size, NaN and Infinity are written as Python writes them.';

/** Roles from the least on; whoever may do more may do this too. */
const roleTexts: Readonly<Record<Role, string>> = {
  reader: 'For tokens of role reader, user and admin.',
  worker: 'For tokens of role worker, user and admin.',
  user: 'For tokens of role user and admin.',
  admin: 'For tokens of role admin.',
};

function describeOperation(name: ReturnType<typeof operationNames>[number], operation: Operation): Json {
  const { role, effect, summary, request, reply } = operation;
  const mebibytes = bodyLimitOf(name) / 1024 / 1024;
  return {
    operationId: name,
    summary,
    description: `${roleTexts[role]} A request has at most ${mebibytes} MiB.`,
    tags: [effect === 'reads' ? 'Questions' : 'Changes'],
    requestBody: { required: true, content: json(schemaOf(request)) },
    responses: { 200: { description: 'Done.', content: json(schemaOf(reply)) }, ...refusals },
  };
}

const json = (schema: Json): Json => ({ 'application/json': { schema } });

const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** JSON Schema 2020-12 of a schema of the contract, which says with `wire` what is user data. */
function schemaOf(schema: object): Json {
  return translate(JSON.parse(JSON.stringify(schema)));
}

function translate(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(translate);
  if (typeof schema !== 'object' || schema === null) return schema;
  if (schema.wire === 'user-map') return reference('UserMap');
  if (schema.wire === 'user-data') return reference('UserData');
  const { wire: _wire, items, additionalItems: _additionalItems, ...others } = schema;
  const translated = Object.fromEntries(
    Object.entries(others).map(([key, part]) => [key, key === 'enum' ? part : translate(part)]),
  );
  if (items === undefined) return translated;
  return Array.isArray(items)
    ? { ...translated, prefixItems: items.map(translate), items: false }
    : { ...translated, items: translate(items) };
}

const userMap: Json = { type: 'object', description: "A user's mapping: any keys, in their order." };
const userData: Json = { description: 'Any JSON, NaN and infinities among it.' };
const refusal: Json = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', description: 'Whose fault it is; STORE_UNAVAILABLE may be asked again.' },
    message: { type: 'string', description: 'One sentence: what happened, where, what to do.' },
  },
};

const refused = (text: string): Json => ({ description: text, content: json(reference('Refusal')) });

const refusals: { [status: string]: Json } = {
  400: refused('The request is at fault; nothing was changed.'),
  403: refused('There is no token that allows it.'),
  404: refused('What it is about is not there.'),
  413: refused('The request is too large.'),
  429: refused('Asked too often: see Retry-After.'),
  503: refused('Not now: the same request may be sent again, after Retry-After where it is given.'),
};

const events: Json = {
  operationId: 'events',
  summary: 'Server-sent events: Fireworks whose state changes.',
  description: `${roleTexts.reader} Events of type "state" have fw_id, name, state and updated_on; one of type "look" says that much changed at once.`,
  tags: ['Live'],
  parameters: [
    {
      name: 'Last-Event-ID',
      in: 'header',
      required: false,
      schema: { type: 'string' },
      description: 'Go on after this event; some may come twice.',
    },
  ],
  responses: {
    200: {
      description: 'The stream, until it is closed.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
    ...refusals,
  },
};

const open = (summary: string, type: string): Json => ({
  get: {
    summary,
    security: [],
    tags: ['Server'],
    responses: { 200: { description: summary, content: { [type]: { schema: {} } } } },
  },
});

const openRoutes: { [path: string]: Json } = {
  '/healthz': open('The process answers.', 'application/json'),
  '/readyz': open('The launchpad answers too, and the server is not about to end.', 'application/json'),
  '/openapi.json': open('This description.', 'application/json'),
  '/docs': open('This description, for people.', 'text/html'),
  '/metrics': {
    get: {
      summary: 'Figures for Prometheus.',
      description: roleTexts.reader,
      tags: ['Server'],
      responses: { 200: { description: 'The figures.', content: { 'text/plain': { schema: {} } } } },
    },
  },
};
