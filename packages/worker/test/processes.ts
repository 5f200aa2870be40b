import { readFile } from 'node:fs/promises';

/** Waits until something has come about, and fails when it has not within 20 seconds. */
export async function eventually(what: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error('this should have come about by now');
    await new Promise((next) => setTimeout(next, 10));
  }
}

/** A process that has ended but that its parent has not asked about is over, too. */
export async function isOver(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return /^\d+ \(.*\) Z/.test(await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
