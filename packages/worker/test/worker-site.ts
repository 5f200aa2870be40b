import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import type { FoundFirework } from '@skyrocket/contract/questions';
import { openEmbeddedLaunchPad } from '@skyrocket/launchpad/open-embedded';
import { type FwId, fwId } from '@skyrocket/model/ids';
import type { FWorker } from '@skyrocket/model/records';
import { defaultNameUpdates } from '@skyrocket/model/task-names';
import { toPlain, type UserMap } from '@skyrocket/model/user-data';
import { readWorkflowFile } from '@skyrocket/model/workflow-file';
import type { WorkerEnd } from '../src/crew.ts';
import { type RapidfireOptions, rapidfire } from '../src/rapidfire.ts';
import { createStop, type StopRequests } from '../src/stop.ts';
import type { WorkerOptions } from '../src/worker-options.ts';

/** A place with an embedded launchpad, where workers run Launches. */
export interface WorkerSite {
  folder: string;
  /** The file of the launchpad. */
  file: string;
  launchpad: LaunchPad;
  /** What the workers have logged. */
  logged: string[];
  worker(options?: Partial<WorkerOptions>): WorkerOptions;
  /** Adds a workflow file, and returns the ids that its Fireworks have got, in the order of the file's ids. */
  add(yaml: string): Promise<FwId[]>;
  /** Runs what is there, until nothing is left. */
  runAll(
    worker?: Partial<WorkerOptions>,
    options?: Partial<RapidfireOptions>,
    stop?: StopRequests,
  ): Promise<WorkerEnd>;
  firework(id: FwId): Promise<FoundFirework>;
  spec(id: FwId): Promise<Record<string, unknown>>;
  /** The names of what is in the launch directory of the last Launch. */
  filesOf(id: FwId): Promise<string[]>;
  end(): Promise<void>;
}

export const nobody: FWorker = { name: 'bench', category: '', query: new Map(), env: new Map() };

export async function workerSite(): Promise<WorkerSite> {
  const folder = mkdtempSync(join(tmpdir(), 'skyrocket-worker-'));
  const logged: string[] = [];
  const log = keptLog(logged);
  const file = join(folder, 'launchpad.db');
  const launchpad = await openEmbeddedLaunchPad({ file, log });
  mkdirSync(join(folder, 'launches'));
  const runs: { stop: StopRequests; end: Promise<WorkerEnd> }[] = [];
  const site: WorkerSite = {
    folder,
    file,
    launchpad,
    logged,
    worker: (options = {}) => ({ ...defaultWorker(folder, log), launchpad, ...options }),
    async add(yaml) {
      const { workflow } = readWorkflowFile({ text: yaml, format: 'yaml', source: 'test.yaml' });
      const { idMaps } = await launchpad.addWorkflows({ workflows: [workflow], key: randomUUID() });
      const ids = [...(idMaps[0] ?? [])].sort(([a], [b]) => a - b);
      return ids.map(([, stored]) => stored);
    },
    runAll(worker = {}, options = {}, stop = createStop()) {
      const end = rapidfire(site.worker(worker), { ...untilDrained, ...options }, stop);
      runs.push({ stop, end });
      return end;
    },
    async firework(id) {
      const { fireworks } = await launchpad.findFireworks({ fwIds: [id], fields: 'all' });
      const [found] = fireworks;
      if (!found) throw new Error(`there is no Firework ${id}`);
      return found;
    },
    spec: async (id) => plain((await site.firework(id)).spec),
    filesOf: async (id) => readdirSync(lastLaunch(await site.firework(id)).launchDir).sort(),
    async end() {
      // Where a test has failed, its worker may still be at work.
      for (const { stop, end } of runs) {
        stop.ask('SIGINT');
        stop.ask('SIGINT');
        await end.catch(() => {});
      }
      await launchpad.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return site;
}

export const untilDrained: RapidfireOptions = {
  slots: 1,
  nlaunches: 'drain',
  maxLoops: 'unlimited',
  sleepSeconds: 0.1,
  timeoutSeconds: null,
  maintainSeconds: 120,
  slotNames: 'not stored',
};

function defaultWorker(folder: string, log: Log): Omit<WorkerOptions, 'launchpad'> {
  return {
    fworker: nobody,
    job: null,
    log,
    directory: join(folder, 'launches'),
    spool: join(folder, 'spool'),
    claimOrder: 'FIFO',
    blockFormat: '%Y-%m-%d-%H-%M-%S-%f',
    print: { json: true, yaml: false },
    uselessDirectories: 'remove',
    templateDir: null,
    nameUpdates: defaultNameUpdates,
    python: { python: 'python3', start: 'fork', userPackages: null, launchpadFile: null },
    graceSeconds: 5,
    pingSeconds: 3600,
    onSignal: 'fizzle',
    output: 'launch-directory',
  };
}

function keptLog(logged: string[]): Log {
  const keep = (level: string) => (message: string) => void logged.push(`${level} ${message}`);
  return { debug: keep('DEBUG'), info: keep('INFO'), warn: keep('WARN'), error: keep('ERROR') };
}

export function lastLaunch(firework: FoundFirework): FoundFirework['launchRecords'][number] {
  const launch = firework.launchRecords.at(-1);
  if (!launch) throw new Error(`Firework ${firework.fwId} has no Launch`);
  return launch;
}

/** What the last Launch has stored. */
export function storedData(firework: FoundFirework): Record<string, unknown> {
  return plain(lastLaunch(firework).action?.storedData ?? new Map());
}

/** Why the Firework is FIZZLED. */
export function reasonOf(firework: FoundFirework): string {
  const data = storedData(firework);
  const exception = data._exception;
  const trace =
    typeof exception === 'object' && exception !== null && '_stacktrace' in exception
      ? exception._stacktrace
      : '';
  return [data._message, trace, data._output ?? ''].join('\n');
}

export function plain(map: UserMap): Record<string, unknown> {
  return JSON.parse(JSON.stringify(toPlain(map)));
}

export function readJsonFile(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Waits until a condition holds; fails after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`it did not come true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const firstId = (ids: FwId[]): FwId => ids[0] ?? fwId(-1);
