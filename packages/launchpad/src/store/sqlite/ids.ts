import type { Connection } from './connection.ts';

/** Draws a block of ids and gives its first one. Ids that were drawn are never given again. */
export function drawIds(
  database: Connection,
  counter: 'next_fw_id' | 'next_launch_id',
  count: number,
): number {
  const drawn = database.get<{ next: number }>(
    'UPDATE meta SET value = value + ? WHERE name = ? RETURNING value AS next',
    count,
    counter,
  );
  if (!drawn) throw new Error(`the launchpad has no ${counter}`);
  return drawn.next - count;
}
