import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { isSystemError } from '@skyrocket/contract/system-error';
import type { Transport, TransportReply, TransportRequest } from './transport.ts';

/** Begins a request; `end` of what it gives sends it. */
type Begin = (url: string, options: Pick<TransportRequest, 'method' | 'headers'>) => ClientRequest;

/**
 * Sends requests by Node's own client, which loads and sends in a third of the time of `fetch`. Connections are kept for
 * the next request, and do not keep the process from ending.
 * @param ca all authorities that are trusted; default: those of Node
 */
export function nodeTransport(ca?: readonly string[]): Transport {
  let begin: Promise<Begin> | null = null;
  return async (url, request) => {
    begin ??= url.startsWith('https:') ? overTls(ca) : Promise.resolve(inTheClear());
    return send(await begin, url, request);
  };
}

function inTheClear(): Begin {
  const agent = new HttpAgent({ keepAlive: true });
  return (url, options) => requestHttp(url, { ...options, agent });
}

async function overTls(ca: readonly string[] | undefined): Promise<Begin> {
  const { Agent, request } = await import('node:https');
  const agent = new Agent({ keepAlive: true, ...(ca && { ca: [...ca] }) });
  return (url, options) => request(url, { ...options, agent });
}

async function send(begin: Begin, url: string, request: TransportRequest): Promise<TransportReply> {
  const first = begin(url, request);
  try {
    return await replyTo(first, request);
  } catch (error) {
    // The server closed a connection that was kept. All that changes something may be asked twice.
    if (!first.reusedSocket || !isSystemError(error, 'ECONNRESET')) throw error;
    return replyTo(begin(url, request), request);
  }
}

function replyTo(
  sent: ClientRequest,
  { body, milliseconds }: Pick<TransportRequest, 'body' | 'milliseconds'>,
): Promise<TransportReply> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(
      () => sent.destroy(new Error(`no answer within ${Math.round(milliseconds / 1000)} seconds`)),
      milliseconds,
    );
    sent.once('close', () => clearTimeout(patience));
    // Also after the response has begun, and more than once: what nobody listens to would end the process.
    sent.on('error', reject);
    sent.once('response', (response) => read(response).then(resolve, reject));
    sent.end(body);
  });
}

async function read(response: IncomingMessage): Promise<TransportReply> {
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  return {
    status: response.statusCode ?? 0,
    header: (name) => response.headers[name]?.toString() ?? null,
    text,
  };
}
