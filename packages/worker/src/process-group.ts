import { readdirSync, readFileSync } from 'node:fs';
import { systemErrorCode } from '@skyrocket/contract/system-error';

/** Process groups: every command is the leader of one, so that what it starts ends with it. */

/** Sends a signal to every process of a group. False when there is no such group any more. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch (error) {
    // EPERM: what is left of the group runs as another user. It is there, and beyond reach.
    const code = systemErrorCode(error);
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    return code === 'EPERM';
  }
}

export interface GroupEnding {
  signal: NodeJS.Signals;
  /** How long the group may take before SIGKILL. */
  graceSeconds: number;
}

const pollMilliseconds = 20;

/** What cannot be killed (waiting for a file system that does not answer) is waited for no longer. */
const killingMilliseconds = 1000;

/** Signals a group, kills it after the grace if something of it is left, and calls back when nothing is. */
export function endGroup(leader: number, ending: GroupEnding, done: () => void): void {
  if (!signalGroup(leader, ending.signal)) {
    done();
    return;
  }
  const killAt = performance.now() + ending.graceSeconds * 1000;
  let killed = false;
  let polls = 0;
  const look = () => {
    const now = performance.now();
    if (isOver(leader, ++polls) || now > killAt + killingMilliseconds) {
      done();
      return;
    }
    if (!killed && now >= killAt) {
      signalGroup(leader, 'SIGKILL');
      killed = true;
    }
    setTimeout(look, pollMilliseconds);
  };
  setTimeout(look, 0);
}

/** Reading all processes costs milliseconds on a crowded node, so it is done at every fifth look. */
function isOver(leader: number, polls: number): boolean {
  return !signalGroup(leader, 0) || (polls % 5 === 0 && !hasLivingMember(leader));
}

/** Killed processes that nobody reaps, as in a container without an init, stay in their group for ever. */
function hasLivingMember(leader: number): boolean {
  const processes = allProcesses();
  return processes === null || processes.some((id) => isLivingMember(id, leader));
}

/** Null where the system has no /proc. */
function allProcesses(): string[] | null {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return null;
  }
}

function isLivingMember(id: string, leader: number): boolean {
  let status: string;
  try {
    status = readFileSync(`/proc/${id}/stat`, 'latin1');
  } catch {
    return false; // It has ended meanwhile.
  }
  const [state, , group] = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return Number(group) === leader && state !== 'Z' && state !== 'X';
}

const interruptions: readonly unknown[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGKILL'];
const isInterruption = (reason: unknown): reason is NodeJS.Signals => interruptions.includes(reason);

/** The signal that an abort asks for: its reason, where that is the name of one, else SIGTERM. */
export function signalOfAbort(aborted: AbortSignal | undefined): NodeJS.Signals {
  const reason: unknown = aborted?.reason;
  return isInterruption(reason) ? reason : 'SIGTERM';
}
