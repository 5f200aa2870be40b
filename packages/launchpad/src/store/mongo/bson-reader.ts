import { SkyrocketError } from '@skyrocket/model/errors';

/**
 * What becomes of the values of a BSON document. The driver's own reading makes plain objects, which reorder
 * integer-like keys, and numbers that forget whether they are floats; so documents are read here, as Maps.
 */
export interface BsonLeaves<Leaf> {
  double(value: number): Leaf;
  int32(value: number): Leaf;
  int64(value: bigint): Leaf;
  text(value: string): Leaf;
  truth(value: boolean): Leaf;
  nothing(): Leaf;
  date(epochMilliseconds: number): Leaf;
  objectId(hexadecimal: string): Leaf;
  binary(bytes: Buffer): Leaf;
}

export type BsonValue<Leaf> = Leaf | BsonValue<Leaf>[] | Map<string, BsonValue<Leaf>>;

interface Reader<Leaf> {
  buffer: Buffer;
  at: number;
  leaves: BsonLeaves<Leaf>;
}

/** Reads one BSON document. @throws BAD_FILE when it holds a kind of value that workflows do not use */
export function readBson<Leaf>(bytes: Uint8Array, leaves: BsonLeaves<Leaf>): Map<string, BsonValue<Leaf>> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readMap({ buffer, at: 0, leaves });
}

function readMap<Leaf>(reader: Reader<Leaf>): Map<string, BsonValue<Leaf>> {
  const map = new Map<string, BsonValue<Leaf>>();
  readElements(reader, (key, value) => map.set(key, value));
  return map;
}

function readList<Leaf>(reader: Reader<Leaf>): BsonValue<Leaf>[] {
  const list: BsonValue<Leaf>[] = [];
  readElements(reader, (_, value) => list.push(value));
  return list;
}

function readElements<Leaf>(reader: Reader<Leaf>, take: (key: string, value: BsonValue<Leaf>) => void): void {
  reader.at += 4;
  for (;;) {
    const type = reader.buffer.readUInt8(reader.at++);
    if (type === 0) return;
    const end = reader.buffer.indexOf(0, reader.at);
    const key = reader.buffer.toString('utf8', reader.at, end);
    reader.at = end + 1;
    take(key, readValue(reader, type));
  }
}

function readValue<Leaf>(reader: Reader<Leaf>, type: number): BsonValue<Leaf> {
  const { buffer, leaves } = reader;
  switch (type) {
    case 0x01:
      return leaves.double(buffer.readDoubleLE(advance(reader, 8)));
    case 0x02:
    case 0x0d:
    case 0x0e:
      return leaves.text(readText(reader));
    case 0x03:
      return readMap(reader);
    case 0x04:
      return readList(reader);
    case 0x05:
      return leaves.binary(readBinary(reader));
    case 0x07:
      return leaves.objectId(readObjectId(reader));
    case 0x08:
      return leaves.truth(buffer.readUInt8(advance(reader, 1)) === 1);
    case 0x09:
      return leaves.date(Number(buffer.readBigInt64LE(advance(reader, 8))));
    case 0x06:
    case 0x0a:
    case 0x7f:
    case 0xff:
      return leaves.nothing();
    case 0x10:
      return leaves.int32(buffer.readInt32LE(advance(reader, 4)));
    case 0x11:
    case 0x12:
      return leaves.int64(buffer.readBigInt64LE(advance(reader, 8)));
    default:
      throw new SkyrocketError(
        'BAD_FILE',
        `a document in MongoDB holds a value of BSON type ${type}, which workflows do not use: take it out`,
      );
  }
}

function readText<Leaf>(reader: Reader<Leaf>): string {
  const length = reader.buffer.readInt32LE(advance(reader, 4));
  const start = advance(reader, length);
  return reader.buffer.toString('utf8', start, start + length - 1);
}

function readBinary<Leaf>(reader: Reader<Leaf>): Buffer {
  const length = reader.buffer.readInt32LE(advance(reader, 5));
  const start = advance(reader, length);
  return reader.buffer.subarray(start, start + length);
}

function readObjectId<Leaf>(reader: Reader<Leaf>): string {
  const start = advance(reader, 12);
  return reader.buffer.toString('hex', start, start + 12);
}

/** Where the next `count` bytes begin; the reader stands behind them. */
function advance<Leaf>(reader: Reader<Leaf>, count: number): number {
  const start = reader.at;
  reader.at += count;
  return start;
}
