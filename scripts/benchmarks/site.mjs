// Where programs are measured: a new directory with a launchpad of its own.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratchDirectory } from './scratch.mjs';

const bin = fileURLToPath(new URL('../../packages/cli/bin', import.meta.url));

/** Does something in a new site. */
export function inSite(work) {
  const directory = scratchDirectory();
  return work({
    directory,
    database: join(directory, 'skyrocket', 'launchpad.db'),
    write(name, text) {
      writeFileSync(join(directory, name), text);
      return name;
    },
    start: (program, ...words) => start(directory, [join(bin, `${program}.js`), ...words]),
    run: (program, ...words) => succeeded(start(directory, [join(bin, `${program}.js`), ...words])),
    /** A script of this folder. */
    startScript: (name, ...words) => start(directory, [scriptPath(name), ...words], 'pipe'),
    runScript: (name, ...words) => succeeded(start(directory, [scriptPath(name), ...words])),
  });
}

const scriptPath = (name) => fileURLToPath(new URL(name, import.meta.url));

function start(directory, words, stdin = 'ignore') {
  return spawn(process.execPath, words, {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, XDG_DATA_HOME: directory },
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

/** What it prints on standard output. */
export function succeeded(child) {
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      printed[stream] = (printed[stream] + text).slice(-100_000);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0
        ? resolve(printed.stdout)
        : reject(new Error(`${child.spawnargs.join(' ')}: ${printed.stderr}`)),
    );
  });
}
