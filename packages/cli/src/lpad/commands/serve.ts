import { readFileSync } from 'node:fs';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { CommandLine } from '../../command-line/command-line.ts';
import { flag, integer, text } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import type { LpadCommand } from '../context.ts';

const host = text('--host', 'HOST', 'the address to listen on (default: 127.0.0.1)');
const port = integer('--port', 'PORT', {
  describe: 'the port to listen on; 0: one that is free',
  fallback: 8443,
});
const certificate = text('--tls-cert', 'FILE', 'the certificate of the server, with its chain (PEM)');
const privateKey = text('--tls-key', 'FILE', 'the key of the certificate (PEM)');
const behindProxy = flag('--behind-proxy', 'a proxy in front of the server does TLS');
const basePath = text(
  '--base-path',
  'PATH',
  'begins the path of every address, for a reverse proxy: /skyrocket',
);
const requestLimit = integer('--requests-per-minute', 'N', {
  describe: 'how often one token may ask',
  fallback: 60_000,
  minimum: 1,
});

export const command: LpadCommand = {
  options: [host, port, certificate, privateKey, behindProxy, basePath, requestLimit],
  async run(line, { log, launchpad, launchpadFile }) {
    if (launchpadFile.place.kind === 'server') {
      throw usageError(
        'lpad serve: my_launchpad.yaml names a server; name the MongoDB or the file that is to be served',
      );
    }
    const [{ serve, usualUpkeepSeconds }, { createServerLog }] = await Promise.all([
      import('@skyrocket/server/serve'),
      import('@skyrocket/server/server-log'),
    ]);
    const ended = firstSignal();
    const server = await serve({
      launchpad: await launchpad(),
      log: createServerLog('info'),
      host: line.value(host) ?? '127.0.0.1',
      port: line.value(port),
      tls: readTls(line),
      proxy: line.value(behindProxy) ? 'does TLS' : 'none',
      basePath: readBasePath(line.value(basePath)),
      requestsPerMinute: line.value(requestLimit),
      upkeepSeconds: usualUpkeepSeconds,
    });
    process.stdout.write(`${server.url}\n`);
    log.info(`Serving ${(await (await launchpad()).identity()).location} at ${server.url}`);
    const signal = await ended;
    log.info(`${signal}: finishing what was accepted`);
    await server.stop();
    return 0;
  },
};

function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}

function readTls(line: CommandLine): { cert: string; key: string } | null {
  const [cert, key] = [line.value(certificate), line.value(privateKey)];
  if (cert === null && key === null) return null;
  if (cert === null || key === null) throw usageError('lpad serve: --tls-cert and --tls-key belong together');
  return { cert: readPem(cert, '--tls-cert'), key: readPem(key, '--tls-key') };
}

function readPem(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SkyrocketError('BAD_CONFIGURATION', `lpad serve: ${option} cannot be read: ${reason}`, {
      cause: error,
    });
  }
}

function readBasePath(path: string | null): string {
  if (path === null || path === '/') return '';
  if (/^\/[\w.~/-]+$/.test(path)) return path.replace(/\/+$/, '');
  throw usageError(
    `lpad serve: --base-path "${path}" is no path; it begins with / and has letters, digits, - and _`,
  );
}
