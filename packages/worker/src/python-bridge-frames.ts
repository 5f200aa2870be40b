import { frameSplitter } from './frame-splitter.ts';

/**
 * How the channels between the worker, the kept interpreter and the processes of Fireworks are framed: see
 * python/skyrocket_bridge/wire.py.
 */

/** Bytes for or from one Firework's process; channel 0 is the kept interpreter itself. */
export interface ControlFrame {
  channel: number;
  bytes: Buffer;
}

/** What a task printed. Stream 1 is standard output, 2 standard error, 0 says that nothing more follows. */
export interface OutputFrame extends ControlFrame {
  stream: number;
}

const controlHeaderBytes = 8;
const outputHeaderBytes = 9;
const messageHeaderBytes = 4;

export function controlFrame(channel: number, bytes: Buffer): Buffer {
  const header = Buffer.allocUnsafe(controlHeaderBytes);
  header.writeUInt32BE(channel, 0);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

export function messageFrame(json: string): Buffer {
  const bytes = Buffer.from(json);
  const header = Buffer.allocUnsafe(messageHeaderBytes);
  header.writeUInt32BE(bytes.length, 0);
  return Buffer.concat([header, bytes]);
}

export function controlFrames(onFrame: (frame: ControlFrame) => void): (chunk: Buffer) => void {
  const shape = { headerBytes: controlHeaderBytes, bodyBytes: (header: Buffer) => header.readUInt32BE(4) };
  return frameSplitter(shape, (frame) =>
    onFrame({ channel: frame.readUInt32BE(0), bytes: frame.subarray(controlHeaderBytes) }),
  );
}

export function outputFrames(onFrame: (frame: OutputFrame) => void): (chunk: Buffer) => void {
  const shape = { headerBytes: outputHeaderBytes, bodyBytes: (header: Buffer) => header.readUInt32BE(5) };
  return frameSplitter(shape, (frame) =>
    onFrame({
      channel: frame.readUInt32BE(0),
      stream: frame.readUInt8(4),
      bytes: frame.subarray(outputHeaderBytes),
    }),
  );
}

/** @throws RangeError when a message announces more than `limitBytes` */
export function messages(limitBytes: number, onMessage: (json: string) => void): (chunk: Buffer) => void {
  const bodyBytes = (header: Buffer) => {
    const length = header.readUInt32BE(0);
    if (length > limitBytes) throw new RangeError(`${length} bytes are more than ${limitBytes}`);
    return length;
  };
  return frameSplitter({ headerBytes: messageHeaderBytes, bodyBytes }, (frame) =>
    onMessage(frame.toString('utf8', messageHeaderBytes)),
  );
}
