import { mkdirSync, writeFileSync } from 'node:fs';

/** Something to be made in the file system; the path is absolute. */
export type FileOrder = { make: 'directory'; path: string } | { make: 'file'; path: string; text: string };

/** Orders as they travel to a thread: of each the path and the text, null for a directory. Objects take ten times as long. */
export type PackedOrders = (string | null)[];

export function packOrders(orders: readonly FileOrder[]): PackedOrders {
  const packed: PackedOrders = [];
  for (const order of orders) packed.push(order.path, order.make === 'file' ? order.text : null);
  return packed;
}

export function unpackOrders(packed: PackedOrders): FileOrder[] {
  const orders: FileOrder[] = [];
  for (let at = 0; at < packed.length; at += 2) {
    const [path, text] = [packed[at] ?? '', packed[at + 1] ?? null];
    orders.push(text === null ? { make: 'directory', path } : { make: 'file', path, text });
  }
  return orders;
}

/** Null when it was made. */
export type FileFailure = { code: string; message: string } | null;

/** Makes a directory that was not there before, or a file. */
export function obey(order: FileOrder): FileFailure {
  try {
    if (order.make === 'directory') mkdirSync(order.path);
    else writeFileSync(order.path, order.text);
    return null;
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
    return { code, message: error instanceof Error ? error.message : String(error) };
  }
}
