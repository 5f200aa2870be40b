import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import { MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { newSite, patiently, type Site } from '../programs/site.ts';
import { type PythonSide, pythonWithFireWorks, startPythonSide } from './python-side.ts';
import { noAction } from './random-actions.ts';
import { type SkyrocketSide, startSkyrocketSide } from './skyrocket-side.ts';

/** What both `lpad`s print of a database into which both have written; docs/differences.md says where they differ. */

const task = { _fw_name: 'ScriptTask', script: 'true' };
const ids = [-1, -2, -3, -4, -5];
let moments = 0;

/** Each Firework of the database is of another second. */
function momentOfNext(): string {
  moments += 1;
  return `2024-01-01T00:00:${String(moments).padStart(2, '0')}.000001+00:00`;
}

const campaign = (name: string) => ({
  name,
  metadata: { tag: 't', cutoff: 4.5, parts: [1, { a: null }] },
  fws: ids.map((fw_id) => ({
    ...{ fw_id, name: `${name} ${-fw_id}`, created_on: momentOfNext() },
    spec: { _tasks: [task], x: 1.5, n: 7, list: [1, 'zwei'], _allow_fizzled_parents: fw_id === -5 },
  })),
  links: { '-1': [-2, -3], '-2': [-4], '-3': [-5] },
});
const action = { ...noAction, stored_data: { energy: -1.25 }, update_spec: { passed: [1, 2.5] } };

const formats = ['ids', 'count', 'less', 'more', 'all'];
const states = [
  'ARCHIVED',
  'FIZZLED',
  'DEFUSED',
  'PAUSED',
  'WAITING',
  'READY',
  'RESERVED',
  'RUNNING',
  'COMPLETED',
];
const questions = [
  ...formats.flatMap((format) => [
    ['get_fws', '-d', format],
    ['get_wflows', '-d', format],
    ['get_fws', '-d', format, '-s', 'COMPLETED'],
    ['get_wflows', '-d', format, '-s', 'RUNNING'],
  ]),
  ...states.flatMap((state) => [
    ['get_fws', '-s', state, '-d', 'more'],
    ['get_wflows', '-s', state],
  ]),
  ['get_fws', '-i', '1', '-d', 'all'],
  ['get_fws', '-i', '1,2,5', '-d', 'more'],
  ['get_fws', '-n', 'by python 1'],
  ['get_fws', '-q', '{"spec.n": 7}', '-d', 'ids'],
  ['get_fws', '-d', 'ids', '-m', '3', '--sort', 'created_on'],
  ['get_fws', '-d', 'ids', '-m', '3', '--rsort', 'created_on'],
  ['get_wflows', '-i', '1', '-d', 'all'],
  ['get_wflows', '-n', 'by skyrocket', '-d', 'more'],
  ['get_wflows', '-q', '{"metadata.cutoff": 4.5}', '-d', 'ids'],
  ['get_wflows', '-d', 'ids', '-m', '2', '--rsort', 'updated_on'],
];

/** Without `--sort` the order is the database's choice; of a moment that is a Date, Python does not show the zone. */
function inOneOrder(list: string): string {
  const items = list
    .replaceAll(/("updated_on": "[^"+]*)\+00:00"/g, '$1"')
    .split(/,\n(?= {4}[^ "])|^\[\n|\n\]\n$/);
  return items.sort().join(',\n');
}

describe('a database of both', () => {
  let mongod: MongodProcess;
  let client: MongoClient;
  let python: PythonSide;
  let skyrocket: SkyrocketSide;
  let site: Site;
  let byPython: Map<string, string>;

  beforeAll(async () => {
    mongod = await startMongod();
    client = await MongoClient.connect(mongod.uri);
    python = await startPythonSide(mongod.uri, 'listed');
    await python.ask({ do: 'reset' });
    skyrocket = await startSkyrocketSide(mongod.uri, 'listed');
    site = newSite();
    site.write('my_launchpad.yaml', `host: 127.0.0.1\nport: ${mongod.port}\nname: listed\n`);
    for (const name of ['by python', 'archived']) await python.ask({ do: 'add', workflow: campaign(name) });
    await skyrocket.add(campaign('by skyrocket'));
    await workByPython();
    await workBySkyrocket();
    byPython = answersOfPython();
  }, patiently);
  afterAll(async () => {
    await python?.close();
    await skyrocket?.close();
    await client?.close();
    await mongod?.stop();
  });

  const idOf = async (name: string) =>
    Number((await client.db('listed').collection('fireworks').findOne({ name }))?.fw_id);
  const user = async (name: string) => ({ key: crypto.randomUUID(), fwIds: [fwId(await idOf(name))] });

  async function workByPython(): Promise<void> {
    const run = async (name: string, state: string) =>
      python.ask({ do: 'run', fw_id: await idOf(name), action, state });
    await run('by python 1', 'COMPLETED');
    await python.ask({ do: 'rerun', fw_id: await idOf('by python 1') });
    await run('by python 1', 'COMPLETED');
    await python.ask({ do: 'start', fw_id: await idOf('by python 2') });
    await run('by python 3', 'FIZZLED');
    await python.ask({ do: 'reserve', fw_id: await idOf('by python 5'), reservation_id: '77' });
    await run('archived 1', 'COMPLETED');
    await python.ask({ do: 'archive', fw_id: await idOf('archived 1') });
    await run('by skyrocket 1', 'COMPLETED');
  }

  async function workBySkyrocket(): Promise<void> {
    await skyrocket.complete(await skyrocket.start(await idOf('by skyrocket 2')), action);
    await skyrocket.start(await idOf('by skyrocket 4'));
    await skyrocket.launchpad.pause(await user('by skyrocket 5'));
    await skyrocket.complete(await skyrocket.start(await idOf('by skyrocket 3')), action, 'FIZZLED');
    await skyrocket.launchpad.defuse(await user('by python 4'));
    await skyrocket.add(campaign('untouched'));
  }

  function answersOfPython(): Map<string, string> {
    const script = fileURLToPath(new URL('python/lpad_answers.py', import.meta.url));
    const asked = questions.map((words) => ['-l', 'my_launchpad.yaml', ...words]);
    const { PATH = '' } = process.env;
    const { status, stdout, stderr } = spawnSync(pythonWithFireWorks(), [script], {
      ...{ cwd: site.directory, env: { PATH, HOME: site.directory, TZ: 'UTC' } },
      ...{ input: JSON.stringify(asked), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    });
    if (status !== 0) throw new Error(stderr);
    const answers: string[] = JSON.parse(stdout);
    return new Map(questions.map((words, place) => [words.join(' '), answers[place] ?? '']));
  }

  it.each(questions.map((words) => ({ words, title: words.join(' ') })))(
    'is listed with the same words by both: lpad $title',
    async ({ words, title }) => {
      const { code, stdout, stderr } = await site.run(
        'lpad',
        '-l',
        'my_launchpad.yaml',
        '-o',
        'json',
        '-s',
        ...words,
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const printed = [stdout, byPython.get(title) ?? ''].map((text) =>
        title.includes('sort') ? text : inOneOrder(text),
      );
      expect(printed[0]).toBe(printed[1]);
    },
    patiently,
  );
});
