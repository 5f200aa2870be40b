// Questions to a launchpad of a million Fireworks: 100,000 Workflows of ten.

import { randomUUID } from 'node:crypto';
import { fworker, openLaunchPad } from './in-process.mjs';
import { alternate, seconds } from './rounds.mjs';
import { inSite } from './site.mjs';
import { fanOut, toWorkflow } from './workflows.mjs';

const workflows = 100_000;
const workflowsPerAdd = 1000;
const rounds = 21;

export function million() {
  return inSite(async (site) => {
    const launchpad = await openLaunchPad(site);
    const filling = await seconds(() => fill(launchpad));
    const agentId = randomUUID();
    const process_ = { pid: process.pid, processStart: '', journal: '', version: '0' };
    await launchpad.registerAgent({ agentId, fworker, host: 'localhost', ip: '127.0.0.1', ...process_ });
    const claim = { agentId, fworker, count: 1, order: 'any', withoutTasks: [] };
    const ready = { filter: new Map([['state', 'READY']]), fields: 'count' };
    const milliseconds = async (work) => (await seconds(work)) * 1000;
    const figures = await alternate(rounds, {
      million_count_ready_ms: () => milliseconds(() => launchpad.findFireworks(ready)),
      million_claim_ms: () => milliseconds(() => launchpad.claim({ ...claim, key: randomUUID() })),
    });
    await launchpad.close();
    return { ...figures, million_adds_per_second: (workflows * 10) / filling };
  });
}

async function fill(launchpad) {
  const workflow = toWorkflow(fanOut(10));
  for (let added = 0; added < workflows; added += workflowsPerAdd) {
    await launchpad.addWorkflows({ key: randomUUID(), workflows: Array(workflowsPerAdd).fill(workflow) });
  }
}
