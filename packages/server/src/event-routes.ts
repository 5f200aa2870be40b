import { Readable } from 'node:stream';
import { eventsPath } from '@skyrocket/contract/protocol';
import { SkyrocketError } from '@skyrocket/model/errors';
import { readTimestamp } from '@skyrocket/model/timestamp';
import type { FastifyInstance } from 'fastify';
import { Busy } from './busy.ts';
import type { FeedItem } from './feed-queue.ts';
import { bearerOf } from './operation-routes.ts';
import { refuseUnlessReader } from './permission.ts';
import type { FeedPlace, StateFeed } from './state-feed.ts';

/** So often, and when everything that changes from then on is told, a comment tells that the stream lives, in milliseconds: proxies end streams that are silent. */
const silenceMilliseconds = 15_000;

const streamsAtOnce = 500;

/**
 * `GET /v1/events`: state changes as server-sent events, for readers. Each is a `state` with `fw_id`, `name`, `state` and
 * `updated_on`, or `look`: so much changed that the reader has to look. A stream that is opened again with Last-Event-ID
 * goes on where it ended. An id is the moment of the change, and after a slash its position where the launchpad gives one; else
 * some changes may come twice then.
 */
export function addEventRoutes(app: FastifyInstance, feed: StateFeed, ending: AbortSignal): void {
  let streams = 0;
  app.get(eventsPath, async (request, reply) => {
    refuseUnlessReader(bearerOf(request));
    const after = readPlace(request.headers['last-event-id']);
    if (streams >= streamsAtOnce) throw new Busy(503, 'too many streams of events are open', 30);
    streams++;
    const closed = new AbortController();
    reply.raw.once('close', () => {
      streams--;
      closed.abort();
    });
    const until = AbortSignal.any([closed.signal, ending]);
    const batches = feed.follow(after, { until, silenceMilliseconds });
    return reply
      .type('text/event-stream')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .header('connection', 'close')
      .send(Readable.from(eventTexts(batches)));
  });
}

/** @throws SkyrocketError BAD_USAGE */
function readPlace(id: string | string[] | undefined): FeedPlace | null {
  if (id === undefined || id === '') return null;
  const [, moment = '', position = null] = /^([^/]+)(?:\/([0-9A-F]{1,1000}))?$/.exec(String(id)) ?? [];
  const updatedOn = readTimestamp(moment);
  if (updatedOn !== null) return { updatedOn, position };
  throw new SkyrocketError(
    'BAD_USAGE',
    `Last-Event-ID: "${String(id).slice(0, 40)}" is no id of this stream`,
  );
}

async function* eventTexts(batches: AsyncGenerator<FeedItem[]>): AsyncGenerator<string> {
  for await (const batch of batches) yield batch.length === 0 ? ': alive\n\n' : batch.map(eventText).join('');
}

function eventText(item: FeedItem): string {
  if (item === 'look') return 'event: look\ndata: {}\n\n';
  const { fwId, name, state, updatedOn, position } = item;
  const data = JSON.stringify({ fw_id: fwId, name, state, updated_on: updatedOn });
  const id = position === undefined ? updatedOn : `${updatedOn}/${position}`;
  return `id: ${id}\nevent: state\ndata: ${data}\n\n`;
}
