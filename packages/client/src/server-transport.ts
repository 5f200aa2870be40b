import { readFileSync, statSync } from 'node:fs';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { ServerPlace } from './launchpad-file.ts';
import { nodeTransport } from './node-transport.ts';
import type { Transport } from './transport.ts';

/**
 * How a server is reached: through the proxy of HTTPS_PROXY and HTTP_PROXY where NO_PROXY does not except it, and trusting
 * the certificates of `ca:` too. What that takes is loaded only where one of them is set.
 * @throws SkyrocketError BAD_CONFIGURATION when the certificates cannot be read
 */
export async function transportTo(
  { caFile }: Pick<ServerPlace, 'caFile'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Transport> {
  const proxies = proxiesOf(environment);
  const ca = caFile === null ? undefined : await trusted(caFile);
  return proxies === null ? nodeTransport(ca) : throughProxies(proxies, ca);
}

async function trusted(caFile: string): Promise<string[]> {
  const own = readCertificates(caFile);
  const { rootCertificates } = await import('node:tls');
  return [...rootCertificates, own];
}

async function throughProxies(proxies: Proxies, ca: string[] | undefined): Promise<Transport> {
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const trust = ca ? { ca } : {};
  // Proxies pass on requests in the clear; tunnels they allow to ports of TLS only.
  const proxyTunnel = false;
  const dispatcher = new EnvHttpProxyAgent({ ...proxies, proxyTunnel, connect: trust, requestTls: trust });
  return async (url, { method, headers, body, milliseconds }) => {
    const signal = AbortSignal.timeout(milliseconds);
    const response = await fetch(url, { method, headers, body, signal, redirect: 'manual', dispatcher });
    const { status } = response;
    return { status, header: (name) => response.headers.get(name), text: await response.text() };
  };
}

interface Proxies {
  httpProxy?: string;
  httpsProxy?: string;
  noProxy: string;
}

/** As curl reads them: small letters win. Null: there is no proxy. */
function proxiesOf(environment: Readonly<Record<string, string | undefined>>): Proxies | null {
  const named = (name: string) => environment[name.toLowerCase()] || environment[name];
  const [httpProxy, httpsProxy] = [named('HTTP_PROXY'), named('HTTPS_PROXY')];
  if (!httpProxy && !httpsProxy) return null;
  return {
    noProxy: named('NO_PROXY') ?? '',
    ...(httpProxy && { httpProxy }),
    ...(httpsProxy && { httpsProxy }),
  };
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SkyrocketError(
      'BAD_CONFIGURATION',
      `the certificates of ca: cannot be read: ${reasonOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * The secret of a token, from where the configuration says. A file that others can read is refused: what is in it opens
 * the launchpad.
 * @throws SkyrocketError BAD_CONFIGURATION
 */
export function readToken(token: ServerPlace['token']): string | null {
  if (token === null) return null;
  const secret = ('text' in token ? token.text : readTokenFile(token.file)).trim();
  if (/^[\w.~+/-]{1,256}=*$/.test(secret)) return secret;
  const place = 'text' in token ? 'token: in my_launchpad.yaml' : token.file;
  throw new SkyrocketError('BAD_CONFIGURATION', `${place} holds no token; lpad token create prints one`);
}

function readTokenFile(path: string): string {
  try {
    const { mode } = statSync(path);
    if ((mode & 0o077) !== 0) {
      throw new SkyrocketError(
        'BAD_CONFIGURATION',
        `others can read the token in ${path}, so it is not used: run chmod 600 ${path}, or ask for a new one if they may have`,
      );
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof SkyrocketError) throw error;
    throw new SkyrocketError('BAD_CONFIGURATION', `the token file cannot be read: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
