import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Site } from './site.ts';

const root = join(import.meta.dirname, '..', '..');

/** Makes the worker of a site use a Python that has FireWorks. */
export function usePythonWithFireworks(site: Site): void {
  const environment = execFileSync(join(root, 'scripts', 'python-env'), ['fireworks'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const python = join(environment.trim(), 'bin', 'python');
  site.write('my_fworker.yaml', `{name: w, category: '', query: '{}', python: '${python}'}`);
}
