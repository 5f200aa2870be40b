import type { Writable } from 'node:stream';

/**
 * Writes frames to a stream, those of one turn of the event loop by one system call: each wakes the process at the other
 * end, which takes longer than most frames do.
 */
export function frameWriter(stream: Writable): (frame: Buffer) => void {
  const writeAll = () => stream.uncork();
  return (frame) => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(writeAll);
    }
    stream.write(frame);
  };
}
