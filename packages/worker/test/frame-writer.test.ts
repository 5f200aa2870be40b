import { once } from 'node:events';
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { frameWriter } from '../src/frame-writer.ts';

describe('writing frames', () => {
  it('is one write for those of one turn, also where others are written on the way', async () => {
    const writes: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        writes.push(String(chunk));
        done();
      },
      writev(chunks, done) {
        writes.push(chunks.map(({ chunk }) => String(chunk)).join(' '));
        done();
      },
    });
    const write = frameWriter(stream);
    for (const text of ['one', 'two']) write(Buffer.from(text));
    await Promise.resolve();
    write(Buffer.from('three'));
    await new Promise((resolve) => setImmediate(resolve));
    write(Buffer.from('four'));
    stream.end();
    await once(stream, 'finish');
    expect(writes).toEqual(['one two three', 'four']);
  });
});
