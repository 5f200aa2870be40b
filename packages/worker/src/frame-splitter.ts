/** Frames on a stream: a header of fixed length, which tells the length of the body that follows it. */
export interface FrameShape {
  headerBytes: number;
  /** May throw, to refuse a frame. */
  bodyBytes(header: Buffer): number;
}

/** Cuts a stream of chunks into frames and hands each, header and body, to `onFrame`. */
export function frameSplitter(shape: FrameShape, onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  const { headerBytes, bodyBytes } = shape;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let neededBytes = headerBytes;
  return (chunk) => {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes < neededBytes) return;
    let rest = waiting.length === 1 ? chunk : Buffer.concat(waiting);
    for (;;) {
      neededBytes = headerBytes + (rest.length >= headerBytes ? bodyBytes(rest) : 0);
      if (rest.length < neededBytes) break;
      onFrame(rest.subarray(0, neededBytes));
      rest = rest.subarray(neededBytes);
    }
    waiting = rest.length > 0 ? [rest] : [];
    waitingBytes = rest.length;
  };
}
