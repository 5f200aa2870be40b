import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { endGroup, signalGroup } from '../src/process-group.ts';
import { isOver } from './processes.ts';

/** Starts a Python program that prints the number of a process group, and gives both. */
async function startGroup(program: string) {
  const parent = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(parent.stdout, 'data');
  return { parent, group: Number(String(line)) };
}

const ended = (group: number, ending: Parameters<typeof endGroup>[1]) =>
  new Promise<void>((done) => endGroup(group, ending, done));

describe('ending a process group', () => {
  it('is through at once when there is none', async () => {
    const { parent, group } = await startGroup('import os; os.setsid(); print(os.getpid())');
    await once(parent, 'exit');
    expect(signalGroup(group, 0)).toBe(false);
    await ended(group, { signal: 'SIGTERM', graceSeconds: 1000 });
  });

  it('is through when its processes have ended, before the grace is over', async () => {
    const { parent, group } = await startGroup(
      'import os, time; os.setsid(); print(os.getpid(), flush=True); time.sleep(1000)',
    );
    await ended(group, { signal: 'SIGTERM', graceSeconds: 1000 });
    expect(await isOver(group)).toBe(true);
    expect(parent.signalCode ?? (await once(parent, 'exit'))[1]).toBe('SIGTERM');
  });

  it('does not wait for the dead whom nobody buries', async () => {
    const { parent, group } = await startGroup(`
import os, time
child = os.fork()
if child == 0:
    os.setsid()
    os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print(child, flush=True)
time.sleep(1000)`);
    expect(signalGroup(group, 0)).toBe(true);
    await ended(group, { signal: 'SIGTERM', graceSeconds: 1000 });
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  });
});
