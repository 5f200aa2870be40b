import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LaunchId } from '@skyrocket/model/ids';
import { type Db, MongoClient } from 'mongodb';
import { type DyingConnection, dyingConnection } from '../../packages/launchpad/test/dying-connection.ts';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { type PythonSide, startPythonSide } from './python-side.ts';
import { type SkyrocketSide, startSkyrocketSide } from './skyrocket-side.ts';

/**
 * A user of Python's lpad decides something between any two writes of a worker of ours. Whatever the moment, what the user
 * decided stands in the end, and the documents agree with each other.
 */

const task = { _fw_name: 'ScriptTask', script: 'true' };
const pair = {
  name: 'pair',
  metadata: {},
  fws: [-1, -2].map((fw_id) => ({ fw_id, name: `firework ${fw_id}`, spec: { _tasks: [task] } })),
  links: { '-1': [-2] },
};

/** The parent, the child, and the Launch of the parent where it was started. */
interface Scene {
  parent: number;
  child: number;
  launch: LaunchId | null;
}

interface Deed {
  name: string;
  request(scene: Scene): { do: string; fw_id: number };
  /** The states of parent and child that may stand in the end. */
  outcomes: string[][];
}

const rerun: Deed = {
  name: 'a rerun of the parent',
  request: ({ parent }) => ({ do: 'rerun', fw_id: parent }),
  outcomes: [['READY', 'WAITING']],
};
const pauseChild: Deed = {
  name: 'a pause of the child',
  request: ({ child }) => ({ do: 'pause', fw_id: child }),
  outcomes: [['COMPLETED', 'PAUSED']],
};
const defuseChild: Deed = {
  name: 'a defuse of the child',
  request: ({ child }) => ({ do: 'defuse', fw_id: child }),
  outcomes: [['COMPLETED', 'DEFUSED']],
};
const pauseParent: Deed = {
  name: 'a pause of the parent',
  request: ({ parent }) => ({ do: 'pause', fw_id: parent }),
  outcomes: [['PAUSED', 'WAITING']],
};
const deletion: Deed = {
  name: 'a deletion',
  request: ({ parent }) => ({ do: 'delete', fw_id: parent }),
  outcomes: [[]],
};

interface Act {
  name: string;
  started: boolean;
  perform(side: SkyrocketSide, scene: Scene): Promise<unknown>;
  deeds: Deed[];
}

const acts: Act[] = [
  {
    name: 'a claim and a start',
    started: false,
    perform: (side, { parent }) => side.start(parent),
    // A rerun of what is READY or RUNNING leaves it READY; when it came before the claim, the claim goes on.
    deeds: [
      {
        ...rerun,
        outcomes: [
          ['READY', 'WAITING'],
          ['RUNNING', 'WAITING'],
          ['RESERVED', 'WAITING'],
        ],
      },
      // Python refuses to pause what runs.
      {
        ...pauseParent,
        outcomes: [
          ['PAUSED', 'WAITING'],
          ['RUNNING', 'WAITING'],
        ],
      },
      deletion,
    ],
  },
  {
    name: 'a report',
    started: true,
    perform: (side, { launch }) => side.complete(launch ?? (0 as LaunchId)),
    deeds: [rerun, pauseChild, defuseChild, deletion],
  },
  {
    name: 'a report that edits the child',
    started: true,
    perform: (side, { launch }) => side.complete(launch ?? (0 as LaunchId), { update_spec: { x: 1 } }),
    deeds: [rerun, pauseChild, defuseChild],
  },
];

describe('Python between two writes', () => {
  let mongod: MongodProcess | null = null;
  let client: MongoClient | null = null;
  let python: PythonSide;
  let wire: DyingConnection;
  let skyrocket: SkyrocketSide;
  let db: Db;

  beforeAll(async () => {
    mongod = await startMongod();
    client = await MongoClient.connect(mongod.uri);
    db = client.db('between');
    python = await startPythonSide(mongod.uri, 'between');
    await python.ask({ do: 'reset' });
    wire = await dyingConnection(mongod.port);
    skyrocket = await startSkyrocketSide(
      `mongodb://127.0.0.1:${wire.port}/?directConnection=true`,
      'between',
    );
  }, 300_000);
  afterAll(async () => {
    await python?.close();
    await skyrocket?.close();
    await wire?.close();
    await client?.close();
    await mongod?.stop();
  });

  const cases = acts.flatMap((act) =>
    act.deeds.map((deed) => ({ act, deed, title: `${act.name}, ${deed.name}` })),
  );
  it.each(cases)(
    'what the user decided stands: $title',
    async ({ act, deed }) => {
      for (let write = 1; ; write++) {
        const scene = await prepare(act);
        let decided: Promise<unknown> = Promise.resolve();
        // Where we hold the lock, Python waits for it: its decision then comes after what we do.
        wire.interruptAt(write, () => {
          decided = python.ask(deed.request(scene));
          return Promise.race([decided, new Promise((resolve) => setTimeout(resolve, 250))]);
        });
        await act.perform(skyrocket, scene).catch(refused);
        await decided;
        if (wire.writes() < write) break;
        expect(deed.outcomes).toContainEqual(await states());
        expect({ write, flaws: await flaws(db) }).toEqual({ write, flaws: [] });
      }
    },
    120_000,
  );

  async function prepare({ started }: Act): Promise<Scene> {
    wire.interruptAt(0, () => Promise.resolve());
    for (const name of ['fireworks', 'workflows', 'launches']) await db.collection(name).deleteMany({});
    const ids = await skyrocket.add(pair);
    const [child, parent] = [Math.min(...ids), Math.max(...ids)];
    return { parent, child, launch: started ? await skyrocket.start(parent) : null };
  }

  async function states(): Promise<string[]> {
    const all = await db.collection('fireworks').find({}).sort({ fw_id: -1 }).toArray();
    return all.map((one) => String(one.state));
  }
});

/** A worker that is told that its Launch was taken away goes on with the next one. */
function refused(error: unknown): void {
  if (!(error instanceof Error)) throw error;
  expect(error.message).toMatch(/cannot be started|was unlocked|does not exist|There is no|there is no/);
}

async function flaws(db: Db): Promise<string[]> {
  const found: string[] = [];
  const fireworks = await db.collection('fireworks').find({}).toArray();
  const known = new Set(await db.collection('launches').distinct('launch_id'));
  const workflows = await db.collection('workflows').find({}).toArray();
  for (const workflow of workflows) {
    if (workflow.locked !== undefined) found.push('a lock is left');
    for (const one of fireworks) {
      const copy = workflow.fw_states[String(one.fw_id)];
      if (copy !== one.state) found.push(`Firework ${one.fw_id} is ${one.state}, its copy ${copy}`);
    }
  }
  if (workflows.length === 0 && fireworks.length > 0) found.push('Fireworks without a Workflow are left');
  for (const one of fireworks) {
    for (const id of one.launches) if (!known.has(id)) found.push(`Launch ${id} is not there`);
  }
  return found;
}
