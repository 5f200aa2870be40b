// A Slurm of its own, by scripts/slurm, for measurements.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { succeeded } from './site.mjs';

const program = fileURLToPath(new URL('../slurm', import.meta.url));
const bin = fileURLToPath(new URL('../../packages/cli/bin', import.meta.url));

/** Does something while a Slurm is up; `command` runs one of its commands, and gives what it prints. */
export async function whileSlurm(work) {
  const state = mkdtempSync(join(tmpdir(), 'sky-'));
  const printed = execFileSync(program, ['up', state], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for (const [, name, value] of printed.matchAll(/^export (\w+)='([^']*)'$/gm)) process.env[name] = value;
  try {
    return await work({ command: (name, ...words) => execFileSync(name, words, { encoding: 'utf8' }) });
  } finally {
    execFileSync(program, ['down', state, '--remove'], { stdio: 'ignore' });
  }
}

/** Runs a program of ours in a site, where it finds the Slurm that is up. */
export function runWithSlurm(site, program, ...words) {
  const { PATH, SLURM_CONF } = process.env;
  const env = { PATH, SLURM_CONF, HOME: site.directory, XDG_DATA_HOME: site.directory };
  const stdio = ['ignore', 'pipe', 'pipe'];
  return succeeded(
    spawn(process.execPath, [join(bin, `${program}.js`), ...words], { cwd: site.directory, env, stdio }),
  );
}

/** Of a site: my_qadapter.yaml, whose jobs run a program of ours there. */
export function writeAdapter(site, words, settings = {}) {
  const [name, ...rest] = words;
  const home = `env HOME=${site.directory} XDG_DATA_HOME=${site.directory}`;
  const rocket_launch = [home, process.execPath, join(bin, `${name}.js`), ...rest].join(' ');
  // JSON is YAML.
  site.write('my_qadapter.yaml', JSON.stringify({ _fw_q_type: 'SLURM', rocket_launch, ...settings }));
}
