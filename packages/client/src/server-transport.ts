import { readFileSync, statSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { ServerPlace } from './launchpad-file.ts';

/** Sends one request, as the global `fetch` does. */
export type Transport = (url: string, request: TransportRequest) => Promise<Response>;

export interface TransportRequest {
  method: 'POST' | 'GET';
  headers: Record<string, string>;
  body?: string;
  redirect: 'error';
  signal: AbortSignal;
}

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
  if (caFile === null && proxies === null) return fetch;
  const ca = caFile === null ? {} : { ca: [...rootCertificates, readCertificates(caFile)] };
  const undici = await import('undici');
  const dispatcher = proxies
    ? new undici.EnvHttpProxyAgent({ ...proxies, connect: ca, requestTls: ca })
    : new undici.Agent({ connect: ca });
  return async (url, request) => {
    const response = await undici.fetch(url, { ...request, dispatcher });
    return new Response(await response.text(), { status: response.status, headers: [...response.headers] });
  };
}

/** As curl reads them: small letters win. Null: there is no proxy. */
function proxiesOf(
  environment: Readonly<Record<string, string | undefined>>,
): { httpProxy?: string; httpsProxy?: string; noProxy: string } | null {
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
