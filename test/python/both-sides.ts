import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { parseJson } from '@skyrocket/model/lossless-json';
import type { UserValue } from '@skyrocket/model/user-data';
import { comparable } from './comparable.ts';
import { environment, pythonOf, root, skyrocketSide, workflowText } from './skyrocket-side.ts';

/** One workflow file, run by Skyrocket and by Python FireWorks, each in a folder and a launchpad of its own. */
export interface Ran {
  /** The Workflow as `lpad dump_wflow` writes it, without what differs from run to run. */
  workflow: string;
  /** The documents of jobflow's JobStore, likewise; empty without one. */
  jobs: string;
}

export interface BothSides {
  skyrocket: Ran;
  fireworks: Ran;
}

export interface Campaign {
  environment: 'fireworks' | 'atomate2';
  /** A function in `campaigns/` that makes the Workflow. */
  module: string;
  function: string;
}

const here = import.meta.dirname;
const start = promisify(execFile);

/** Runs a campaign on both sides. */
export async function runOnBothSides(campaign: Campaign): Promise<BothSides> {
  const folder = mkdtempSync(join(tmpdir(), 'skyrocket-python-'));
  try {
    const python = pythonOf(campaign.environment);
    const file = join(folder, 'workflow.json');
    const given = await workflowText(python, campaign.module, campaign.function);
    writeFileSync(file, given);
    const sides = { python, file, given };
    return {
      skyrocket: await runBySkyrocket({ ...sides, folder: makeSide(folder, 'skyrocket') }),
      fireworks: await runByFireWorks({ ...sides, folder: makeSide(folder, 'fireworks') }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Side {
  python: string;
  file: string;
  /** The text of the file: what stands there is no matter of chance. */
  given: string;
  folder: string;
}

/** A folder with the configuration of one side. */
function makeSide(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder);
  const store = (kind: string) =>
    `{type: JSONStore, paths: ${join(folder, `${kind}.json`)}, read_only: false}`;
  const jobflow = `JOB_STORE:\n  docs_store: ${store('jobs')}\n  additional_stores:\n    data: ${store('data')}\n`;
  writeFileSync(join(folder, 'jobflow.yaml'), jobflow);
  for (const kind of ['jobs', 'data']) writeFileSync(join(folder, `${kind}.json`), '[]');
  return folder;
}

async function runBySkyrocket({ python, file, given, folder }: Side): Promise<Ran> {
  const { run } = skyrocketSide(folder, python);
  await run('lpad', 'add', file);
  await run('rlaunch', 'rapidfire');
  const { stdout } = await run('lpad', 'dump_wflow', '-i', '1');
  return read({ folder, given, dump: stdout });
}

async function runByFireWorks({ python, file, given, folder }: Side): Promise<Ran> {
  const mongod = await startMongod();
  try {
    const dump = join(folder, 'dump.json');
    await start(python, [join(here, 'run_by_fireworks.py'), file, String(mongod.port), 'test', dump], {
      cwd: folder,
      env: environment(folder),
      maxBuffer: 1 << 28,
    });
    return read({ folder, given, dump: readFileSync(dump, 'utf8') });
  } finally {
    mongod.stop();
  }
}

async function startMongod(): Promise<{ port: number; stop(): void }> {
  const program = spawn(join(root, 'scripts', 'mongod'), [], { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface(program.stdout)) {
    const { port } = JSON.parse(line);
    return { port, stop: () => program.stdin.end() };
  }
  throw new Error('scripts/mongod ended before mongod was ready');
}

function read({ folder, given, dump }: { folder: string; given: string; dump: string }): Ran {
  const { workflow, documents } = comparable({ folder, given });
  const stored = ['jobs', 'data'].flatMap((kind) => storedDocuments(join(folder, `${kind}.json`)));
  return { workflow: workflow(parseJson(dump)), jobs: documents(stored) };
}

function storedDocuments(file: string): UserValue[] {
  const documents = parseJson(readFileSync(file, 'utf8'));
  return Array.isArray(documents) ? documents : [documents];
}
