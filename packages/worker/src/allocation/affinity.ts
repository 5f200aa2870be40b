import { readFileSync } from 'node:fs';
import { readNumberList } from './allocation.ts';

/** Numbers of the cores that this process may run on; null where the system (macOS) does not tell. */
export function coresOfThisProcess(): number[] | null {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return list === undefined ? null : readNumberList(list);
  } catch {
    return null;
  }
}
