import { hostname } from 'node:os';
import { type ProcessIdentity, processStanding, processStart } from '@skyrocket/contract/process-identity';

/** A process that holds something, and where it is. */
export interface HolderProcess extends ProcessIdentity {
  host: string;
}

export const thisProcess = (): HolderProcess => ({
  host: hostname(),
  pid: process.pid,
  processStart: processStart(process.pid) ?? '',
});

/** Whether it is known here to be gone; of processes elsewhere nothing is known. */
export const isGoneHere = (holder: HolderProcess): boolean =>
  holder.host === hostname() && processStanding(holder) === 'gone';
