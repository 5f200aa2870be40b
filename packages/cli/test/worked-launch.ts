import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import type { AgentId, StartToken } from '@skyrocket/contract/agents';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { silentLog } from '@skyrocket/contract/log';
import { processStart } from '@skyrocket/contract/process-identity';
import { openEmbeddedLaunchPad } from '@skyrocket/launchpad/open-embedded';
import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { fwId, type LaunchId } from '@skyrocket/model/ids';
import type { Checkpoint, FWorker, TrackerRecord } from '@skyrocket/model/records';
import { timestamp } from '@skyrocket/model/timestamp';
import type { Site } from './site.ts';

/** What a worker did with a Firework, told to the launchpad as workers tell it, without running anything. */
export interface Work {
  fwId: number;
  launchDir: string;
  /** Null: it runs still, and its agent says nothing more. */
  state: 'COMPLETED' | 'FIZZLED' | null;
  action?: Partial<FWAction>;
  checkpoint?: Checkpoint;
  trackers?: TrackerRecord[];
  /** The process that is named as the worker's; default: this one. */
  pid?: number;
}

const fworker: FWorker = { name: 'test worker', category: '', query: new Map(), env: new Map() };

export interface Worked {
  launchId: LaunchId;
  agentId: AgentId;
  token: StartToken;
  launchpad: string;
}

/** Reserves a Firework for a job, as qlaunch does it. */
export async function reserve(site: Site, id: number): Promise<void> {
  const launchpad = await openEmbeddedLaunchPad({ file: site.database, log: silentLog });
  const place = { host: hostname(), ip: '127.0.0.1', launchDir: site.directory };
  await launchpad.reserve({ key: randomUUID(), fworker, order: 'any', fwId: fwId(id), ...place });
  await launchpad.close();
}

export async function work(site: Site, done: Work): Promise<Worked> {
  const launchpad = await openEmbeddedLaunchPad({ file: site.database, log: silentLog });
  try {
    return await launchAndReport(launchpad, done);
  } finally {
    await launchpad.close();
  }
}

async function launchAndReport(launchpad: LaunchPad, done: Work): Promise<Worked> {
  const agentId = randomUUID() as AgentId;
  const token = randomUUID() as StartToken;
  const pid = done.pid ?? process.pid;
  const who = { agentId, fworker, host: hostname(), ip: '127.0.0.1' };
  await launchpad.registerAgent({
    ...who,
    pid,
    processStart: processStart(process.pid) ?? '',
    journal: '/nonexistent/journal',
    version: 'test',
  });
  const { claims } = await launchpad.claim({
    key: randomUUID(),
    agentId,
    fworker,
    count: 1,
    fwId: fwId(done.fwId),
    order: 'any',
    withoutTasks: [],
  });
  const [claim] = claims;
  if (!claim) throw new Error(`Firework ${done.fwId} cannot be claimed`);
  const { launchId } = claim;
  mkdirSync(done.launchDir, { recursive: true });
  await launchpad.start({
    ...who,
    key: randomUUID(),
    starts: [{ launchId, token, launchDir: done.launchDir }],
  });
  const news = {
    ...(done.checkpoint && { checkpoint: done.checkpoint }),
    ...(done.trackers && { trackers: done.trackers }),
  };
  await launchpad.heartbeat({ agentId, pings: [{ launchId, token, ...news }] });
  const { uuid } = await launchpad.identity();
  if (done.state !== null) {
    const action = { ...emptyAction(), ...done.action };
    const endedOn = timestamp(Date.now());
    const report = { launchpad: uuid, launchId, token, state: done.state, action, endedOn, ...news };
    await launchpad.report({ key: randomUUID(), reports: [report] });
    await launchpad.signOff({ agentId });
  }
  return { launchId, agentId, token, launchpad: uuid };
}
