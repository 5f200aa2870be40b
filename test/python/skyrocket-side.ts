import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A folder with its own launchpad and worker, where the real programs are run with the Firetasks of `campaigns/`. */
export interface SkyrocketSide {
  folder: string;
  /** Resolves to what the program has printed; rejects when its exit code is not 0. */
  run(program: 'lpad' | 'rlaunch', ...words: string[]): Promise<{ stdout: string; stderr: string }>;
  /** The worker's name and what else is in my_fworker.yaml. */
  setWorker(name: string, settings?: Record<string, unknown>): void;
}

const here = import.meta.dirname;
export const root = join(here, '..', '..');
const start = promisify(execFile);

/** The interpreter of an environment that scripts/python-env makes. */
export function pythonOf(name: 'fireworks' | 'atomate2'): string {
  const made = execFileSync(join(root, 'scripts', 'python-env'), [name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return join(made.trim(), 'bin', 'python');
}

/** What Python is started with on either side. */
export function environment(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: folder,
    PYTHONPATH: join(here, 'campaigns'),
    JOBFLOW_CONFIG_FILE: join(folder, 'jobflow.yaml'),
  };
}

/** The text of the workflow file that a function in `campaigns/` makes. */
export async function workflowText(python: string, module: string, name: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'skyrocket-workflow-'));
  try {
    const file = join(folder, 'workflow.json');
    await start(python, [join(here, 'make_workflow.py'), module, name, file], { env: environment(folder) });
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function skyrocketSide(folder: string, python: string): SkyrocketSide {
  writeFileSync(join(folder, 'my_launchpad.yaml'), `file: ${join(folder, 'launchpad.db')}\n`);
  const setWorker: SkyrocketSide['setWorker'] = (name, settings = {}) => {
    const worker = { name, category: '', query: '{}', python, ...settings };
    writeFileSync(join(folder, 'my_fworker.yaml'), JSON.stringify(worker));
  };
  setWorker('bench');
  return {
    folder,
    run: (program, ...words) =>
      start(process.execPath, [join(root, 'packages', 'cli', 'bin', `${program}.js`), ...words], {
        cwd: folder,
        env: environment(folder),
        maxBuffer: 1 << 28,
      }),
    setWorker,
  };
}
