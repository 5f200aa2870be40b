import type { IncomingMessage } from 'node:http';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Busy } from './busy.ts';

/** Bytes of bodies that are in memory at once: two of the largest, or many small ones. */
const bytesAtOnce = 512 * 1024 * 1024;

/** When a request that found no room may be sent again. */
const retryAfterSeconds = 10;

/**
 * Reads JSON bodies as texts, for routes that parse them themselves. A body is read no further than its route allows, and
 * all that are read at once share a bounded memory, from their first byte until they are answered.
 */
export function readBodies(app: FastifyInstance): void {
  let taken = 0;
  const room = new WeakMap<FastifyRequest, number>();
  const take = (request: FastifyRequest, bytes: number) => {
    if (taken + bytes > bytesAtOnce) {
      throw new Busy(503, 'the server reads too many large requests at once', retryAfterSeconds);
    }
    taken += bytes;
    room.set(request, (room.get(request) ?? 0) + bytes);
  };
  app.addHook('onResponse', async (request) => {
    taken -= room.get(request) ?? 0;
    room.delete(request);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: IncomingMessage) => {
    return readText(request, payload, (bytes) => take(request, bytes));
  });
}

async function readText(
  request: FastifyRequest,
  payload: IncomingMessage,
  take: (bytes: number) => void,
): Promise<string> {
  const limit = request.routeOptions.bodyLimit;
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) throw tooLarge(limit);
  take(announced);
  let bytes = 0;
  const chunks = await chunksOf(payload, (part) => {
    bytes += part.length;
    if (bytes > limit) throw tooLarge(limit);
    if (announced === 0) take(part.length);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      chunks.length === 1 ? chunks[0] : Buffer.concat(chunks),
    );
  } catch (cause) {
    throw new SkyrocketError('BAD_FILE', 'the request is no text in UTF-8', { cause });
  }
}

/** What is not read when `look` refuses it must not end the connection before the answer: so no iterator, which would. */
function chunksOf(payload: IncomingMessage, look: (part: Buffer) => void): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const receive = (part: Buffer) => {
      try {
        look(part);
        chunks.push(part);
      } catch (error) {
        payload.off('data', receive).pause();
        reject(error);
      }
    };
    payload.on('data', receive).once('end', () => resolve(chunks));
    payload.on('error', reject).once('close', () => reject(new Error('the request ended too early')));
  });
}

function tooLarge(limit: number): SkyrocketError {
  return new SkyrocketError(
    'TOO_LARGE',
    `the request is larger than the ${limit / 1024 / 1024} MiB that this operation takes`,
  );
}
