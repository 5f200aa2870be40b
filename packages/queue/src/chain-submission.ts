import type { Block } from './block-directory.ts';
import { backOffSeconds, type Chain, noteJobId, plan, type Slot, without } from './chain.ts';
import { changeChain } from './chain-store.ts';
import { jobScript, nameOfJob } from './job-script.ts';
import { chainPrefix } from './job-tags.ts';
import { newDirectory, type Qlaunch } from './qlaunch.ts';
import type { Submitted } from './queue.ts';

/** A chain, and how its jobs are made. */
export interface ChainRun {
  qlaunch: Qlaunch;
  name: string;
  block: Block;
  /** The command line of the job with this tag, which enters the chain, runs the adapter's command, and leaves. */
  commandOf(tag: string): string;
}

/** For which slots a job is submitted, and how long it waits at least. */
export interface Filling {
  wants(slot: Slot): boolean;
  seconds?: number;
}

/**
 * Submits a job for each slot without a pending one that is wanted, one after another. What the batch system refuses ends it:
 * then the slots stay as they are. @throws SkyrocketError STORE_*, BAD_CONFIGURATION
 */
export async function fillSlots(run: ChainRun, filling: Filling): Promise<Submitted[]> {
  const { launchpad, launchpadId, random, log } = run.qlaunch;
  const outcomes: Submitted[] = [];
  for (;;) {
    const tag = `${chainPrefix(launchpadId, run.name)}${random().slice(0, 12)}`;
    let slot = -1;
    const chain = await changeChain(launchpad, run.name, (now) => {
      const places = now?.slots ?? [];
      slot = places.findIndex(
        (place, index) => index < (now?.size ?? 0) && place.pending === null && filling.wants(place),
      );
      return now === null ? null : plan(now, { slot, tag, now: Date.now() });
    });
    if (chain === null) return outcomes;
    const submitted = await submitPlanned(run, { chain, slot, tag, seconds: filling.seconds ?? 0 });
    outcomes.push(submitted);
    if (submitted.outcome === 'submitted') continue;
    log.warn(`chain ${run.name}: no job was submitted: ${submitted.words}`);
    return outcomes;
  }
}

async function submitPlanned(
  { qlaunch, name, block, commandOf }: ChainRun,
  job: { chain: Chain; slot: number; tag: string; seconds: number },
): Promise<Submitted> {
  const { launchpad, queue, log, scriptName } = qlaunch;
  const adapter = { ...qlaunch.adapter, rocketLaunch: commandOf(job.tag) };
  const directory = newDirectory(qlaunch, block.next().directory);
  const submitted = await queue.submit({
    ...{ directory, file: scriptName, tag: job.tag, count: 1 },
    text: jobScript(adapter, { directory, jobName: null, options: '' }),
    jobName: nameOfJob(adapter, { jobName: null }),
    after: conditionsOf(qlaunch, job),
  });
  if (submitted.outcome === 'submitted') {
    const { jobId } = submitted;
    await changeChain(launchpad, name, (chain) => chain && noteJobId(chain, job.tag, jobId));
    log.info(`chain ${name}: submitted job ${jobId} in ${directory}`);
  }
  // Where the batch system may have taken it, it stays in its slot until it is found or missing for long.
  if (submitted.outcome === 'refused')
    await changeChain(launchpad, name, (chain) => chain && without(chain, job.tag));
  return submitted;
}

/** After the job that runs in the slot, and after a pause when jobs have failed. */
function conditionsOf(
  { adapter }: Qlaunch,
  { chain, slot, seconds }: { chain: Chain; slot: number; seconds: number },
): { jobId?: string; seconds?: number } {
  if (adapter.system.conditions === 'not-taken') return {};
  const jobId = chain.slots[slot]?.running?.jobId ?? null;
  const pause = Math.max(seconds, backOffSeconds(chain.failures));
  return { ...(jobId !== null && { jobId }), ...(pause > 0 && { seconds: pause }) };
}
