import { expect } from '@jest/globals';
import type { ServedLaunchPad } from './served-launchpad.ts';

export interface Event {
  id: string;
  fw_id: number;
  name: string;
  state: string;
}

/** A reader of the stream, as a browser is one. */
export interface Listener {
  /** Reads until an event is there of which this is so; gives all events so far. */
  until(isSo: (event: Event) => boolean): Promise<Event[]>;
  /** Reads until the stream says that one has to look. */
  untilLook(): Promise<void>;
  events: Event[];
  close(): void;
}

export async function listenTo(
  { send }: Pick<ServedLaunchPad, 'send'>,
  secret: string,
  lastEventId?: string,
): Promise<Listener> {
  const ending = new AbortController();
  const answer = await send('/v1/events', {
    token: secret,
    signal: ending.signal,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const events: Event[] = [];
  let text = '';
  let looks = 0;
  const read = async () => {
    const { value = '', done = true } = (await reader?.read()) ?? {};
    if (done) throw new Error('the stream has ended');
    text += value;
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    looks += parts.filter((part) => part.startsWith('event: look')).length;
    events.push(...parts.flatMap(readEvent));
  };
  // The first comment says that the stream has begun.
  await read();
  return {
    events,
    close: () => ending.abort(),
    async until(isSo) {
      while (!events.some(isSo)) await read();
      return events;
    },
    async untilLook() {
      for (const before = looks; looks === before; ) await read();
    },
  };
}

function readEvent(part: string): Event[] {
  const lines = new Map(part.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line]));
  const data = lines.get('data');
  if (data === undefined || data === 'data: {}') return [];
  return [{ id: lines.get('id')?.slice(4) ?? '', ...JSON.parse(data.slice(6)) }];
}
