/** Process groups: every command is the leader of one, so that what it starts ends with it. */

/** Sends a signal to every process of a group. False when there is no such group any more. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    // EPERM: what is left of the group runs as another user. It is there, and beyond reach.
    return error.code === 'EPERM';
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM');

export interface GroupEnding {
  signal: NodeJS.Signals;
  /** How long the group may take before SIGKILL. */
  graceSeconds: number;
}

const pollMilliseconds = 20;

/** Killed processes that nobody reaps (in containers without an init) stay in their group for ever. */
const reapingMilliseconds = 1000;

/** Signals a group, kills it after the grace if something of it is left, and calls back when nothing is. */
export function endGroup(leader: number, ending: GroupEnding, done: () => void): void {
  if (!signalGroup(leader, ending.signal)) {
    done();
    return;
  }
  const killAt = performance.now() + ending.graceSeconds * 1000;
  let killed = false;
  const look = () => {
    const now = performance.now();
    if (!signalGroup(leader, 0) || now > killAt + reapingMilliseconds) {
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
