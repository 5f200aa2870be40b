// What it costs to report one Launch, in Workflows of different sizes and shapes. One Launch is claimed, started and
// reported at a time, so that nothing is shared by a batch.

import { randomUUID } from 'node:crypto';
import { emptyAction } from '@skyrocket/model/action';
import { fworker, openLaunchPad } from './in-process.mjs';
import { median } from './rounds.mjs';
import { inSite } from './site.mjs';
import { chain, fanIn, fanOut, toWorkflow } from './workflows.mjs';

const sizes = [10, 1000, 10_000];
const shapes = { fan_out: fanOut, chain, fan_in: fanIn };
const completions = 300;

export async function completion() {
  const figures = {};
  for (const [name, shape] of Object.entries(shapes)) {
    for (const size of sizes) {
      const { first, later } = await inSite((site) => costs(site, shape(size)));
      figures[`completion_ms_${name}_${size}`] = later;
      if (name === 'fan_out') figures[`completion_ms_fan_out_root_${size}`] = first;
    }
    const [small, , large] = sizes;
    figures[`completion_flat_${name}`] =
      figures[`completion_ms_${name}_${large}`] / figures[`completion_ms_${name}_${small}`];
  }
  return figures;
}

/** Milliseconds to report the first Launch of a Workflow, and any later one. */
async function costs(site, document) {
  const launchpad = await openLaunchPad(site);
  const agent = await register(launchpad);
  const [first, later] = [[], []];
  while (later.length < completions) {
    await launchpad.addWorkflows({ key: randomUUID(), workflows: [toWorkflow(document)] });
    for (let i = 0; i < document.fws.length && later.length < completions; i++) {
      const taken = await reportOne(launchpad, agent);
      if (i === 0) first.push(taken);
      else later.push(taken);
    }
    await emptyLaunchPad(launchpad);
  }
  await launchpad.close();
  return { first: median(first), later: median(later) };
}

async function register(launchpad) {
  const { uuid } = await launchpad.identity();
  const agentId = randomUUID();
  const host = { host: 'localhost', ip: '127.0.0.1' };
  const process_ = { pid: process.pid, processStart: '', journal: '', version: '0' };
  await launchpad.registerAgent({ agentId, fworker, ...host, ...process_ });
  return { agentId, uuid, ...host };
}

/** Those that are left of a Workflow must not be claimed beside the next one. */
async function emptyLaunchPad(launchpad) {
  const { fireworks } = await launchpad.findFireworks({
    filter: new Map([['state', 'READY']]),
    fields: 'ids',
  });
  const fwIds = fireworks.map(({ fwId }) => fwId);
  if (fwIds.length > 0) await launchpad.deleteWorkflows({ key: randomUUID(), fwIds });
}

async function reportOne(launchpad, { agentId, uuid, host, ip }) {
  const claim = { agentId, fworker, count: 1, order: 'any', withoutTasks: [] };
  const { claims } = await launchpad.claim({ ...claim, key: randomUUID() });
  const { launchId } = claims[0];
  const token = randomUUID();
  const starts = [{ launchId, token, launchDir: '/nowhere' }];
  const { results } = await launchpad.start({ key: randomUUID(), agentId, fworker, host, ip, starts });
  const report = {
    launchpad: uuid,
    launchId,
    token,
    state: 'COMPLETED',
    action: emptyAction(),
    endedOn: results[0].at,
  };
  const begun = performance.now();
  await launchpad.report({ key: randomUUID(), reports: [report] });
  return performance.now() - begun;
}
