// A server process over the launchpad of a site, and what reaches it.

import { chmodSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { inSite } from './site.mjs';

/** Does something while `lpad serve` runs in a site. */
export async function whileServed(site, work) {
  const begun = performance.now();
  const child = site.start('lpad', 'serve', '--port', '0', '--requests-per-minute', '10000000');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stderr.resume();
  try {
    for await (const url of createInterface({ input: child.stdout })) {
      const started = (performance.now() - begun) / 1000;
      return await work({ url, pid: child.pid, started, token: (role) => createToken(site, role) });
    }
    throw new Error('the server did not start');
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

async function createToken(site, role) {
  return (await site.run('lpad', 'token', 'create', '--role', role)).trim();
}

/** A place elsewhere, whose programs know the server by its address. */
export async function inClientSite(server, role, work) {
  const secret = await server.token(role);
  return inSite((site) => {
    site.write('my_launchpad.yaml', `url: ${server.url}\ntoken_file: token\n`);
    chmodSync(`${site.directory}/${site.write('token', secret)}`, 0o600);
    return work(site, secret);
  });
}

export function residentMebibytes(pid) {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

/** Seconds of processor time that a process has used. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
