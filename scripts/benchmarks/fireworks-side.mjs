// Python FireWorks, as the partner of measurements.

import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratchDirectory } from './scratch.mjs';
import { succeeded } from './site.mjs';

const script = fileURLToPath(new URL('fireworks_side.py', import.meta.url));

let python = null;

function pythonProgram() {
  if (python !== null) return python;
  const environment = fileURLToPath(new URL('../python-env', import.meta.url));
  const made = spawnSync(environment, ['fireworks'], { encoding: 'utf8' });
  python = join(made.stdout.trim(), 'bin', 'python');
  return python;
}

/** An action of fireworks_side.py. */
export function startPython(mongod, ...words) {
  return spawn(pythonProgram(), [script, mongod.uri, ...words.map(String)], {
    cwd: scratchDirectory(),
    stdio: 'pipe',
  });
}

/** The seconds that an action took, without the start of Python. @throws when it does not tell */
export async function pythonSays(mongod, ...words) {
  const child = startPython(mongod, ...words);
  child.stdin.end();
  const printed = await succeeded(child);
  const told = Number(/^seconds (.*)$/m.exec(printed)?.[1]);
  if (Number.isNaN(told))
    throw new Error(`fireworks_side.py ${words.join(' ')} printed no seconds: ${printed}`);
  return told;
}

/** FireWorks' own `lpad`, as a program. */
export function startPythonLpad(directory, ...words) {
  const lpad = join(pythonProgram(), '..', 'lpad');
  return spawn(lpad, words, {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory },
    stdio: 'pipe',
  });
}
