import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll } from '@jest/globals';
import { newSite, type Site } from '../programs/site.ts';

/** A server process over a launchpad of its own, and users and workers who know only its address. */
export interface ServedSite {
  /** Where the server runs; its launchpad is the default one there. */
  home: Site;
  url: string;
  /** Ends the server without warning; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  restart(): Promise<void>;
  /** Somebody elsewhere who reaches the server, with a new token of this role. */
  client(role: 'reader' | 'worker' | 'user' | 'admin', through?: string): Promise<Site>;
}

const servers = new Set<ChildProcess>();

afterAll(() => {
  for (const server of servers) server.kill('SIGKILL');
});

/** With leases of so many seconds. */
export async function servedSite(leaseSeconds = 4): Promise<ServedSite> {
  const home = newSite();
  let { child, url } = await startServer(home.database, 0, leaseSeconds);
  return {
    home,
    url,
    kill: () => killed(child),
    async restart() {
      ({ child, url } = await startServer(home.database, Number(new URL(url).port), leaseSeconds));
    },
    async client(role, through = url) {
      const { stdout } = await home.run('lpad', 'token', 'create', '--role', role);
      return clientOf(through, stdout.trim());
    },
  };
}

/** Somebody who reaches a server with a token. */
export function clientOf(url: string, secret: string, more = ''): Site {
  const site = newSite();
  site.write('my_launchpad.yaml', `url: ${url}\ntoken_file: token\n${more}`);
  chmodSync(site.write('token', `${secret}\n`), 0o600);
  return site;
}

/** Over a database file, or the database `fireworks` of a mongod. Port 0: one that is free. It ends with the test. */
export async function startServer(
  database: string,
  port: number,
  leaseSeconds: number,
): Promise<{ child: ChildProcess; url: string }> {
  const program = join(import.meta.dirname, 'brisk-server.mjs');
  const child = spawn(process.execPath, [program, database, String(port), String(leaseSeconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  servers.add(child);
  for await (const url of createInterface({ input: child.stdout })) return { child, url };
  throw new Error('the server did not start');
}

function killed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
