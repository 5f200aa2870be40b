import { join } from 'node:path';
import { newSite, type Running, type Site, until } from '../programs/site.ts';
import type { TestedBatchSystem } from './batch-system.ts';

/** A site of a batch system that reaches its launchpad over a server, by a user's token. */
export interface SiteOverHttp {
  site: Site;
  /** Kills the server at once, as a machine that loses its power does. */
  killServer(): Promise<void>;
  /** Starts it again where it was. */
  restartServer(): Promise<void>;
}

export async function siteOverHttp(system: TestedBatchSystem): Promise<SiteOverHttp> {
  const server = newSite();
  const site = system.site();
  const start = async (port: string): Promise<{ running: Running; url: string }> => {
    const running = server.start('lpad', 'serve', '--port', port);
    await until(() => /http:\/\/127\.0\.0\.1:\d+/.test(running.log()), 'the server listens');
    return { running, url: /http:\/\/127\.0\.0\.1:\d+/.exec(running.log())?.[0] ?? '' };
  };
  let { running, url } = await start('0');
  const token = join(site.directory, 'token');
  await server.run('lpad', 'token', 'create', '--role', 'user', '--file', token);
  site.write('my_launchpad.yaml', JSON.stringify({ url, token_file: token }));
  return {
    site,
    async killServer() {
      running.kill('SIGKILL');
      await running.ended;
    },
    async restartServer() {
      ({ running, url } = await start(new URL(url).port));
    },
  };
}
