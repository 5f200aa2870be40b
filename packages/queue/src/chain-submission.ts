import { processStart } from '@skyrocket/contract/process-identity';
import type { Block } from './block-directory.ts';
import { backOffSeconds, type Chain, noteJobId, plan, type Slot, type Submitter, without } from './chain.ts';
import { type ChainShelf, changeChain } from './chain-store.ts';
import { jobScript, nameOfJob } from './job-script.ts';
import { type JobMaking, newDirectory } from './qlaunch.ts';
import type { Submitted } from './queue.ts';

/** A chain that is there. */
export interface KeptChain {
  qlaunch: Pick<JobMaking, 'log' | 'queue'>;
  name: string;
  shelf: ChainShelf;
}

/** A chain, and how its jobs are made. */
export interface ChainRun extends KeptChain {
  qlaunch: JobMaking;
  /** With which the tags of its jobs begin. */
  prefix: string;
  /** What its jobs may hope for: of the launchpad, or of the folder of their batches. */
  workFor(): Promise<{ ready: boolean; later: boolean }>;
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
  const { random, log } = run.qlaunch;
  const outcomes: Submitted[] = [];
  const submitter = submitterHere(run.qlaunch);
  for (;;) {
    const tag = `${run.prefix}${random().slice(0, 12)}`;
    let slot = -1;
    const chain = await changeChain(run.shelf, run.name, (now) => {
      if (now === null) return null;
      // Planned already, if the answer to that was lost.
      slot = now.slots.findIndex(({ pending }) => pending?.tag === tag);
      if (slot >= 0) return now;
      slot = now.slots.findIndex(
        (place, index) => index < now.size && place.pending === null && filling.wants(place),
      );
      return plan(now, { slot, tag, submitter, now: Date.now() });
    });
    if (chain === null) return outcomes;
    const submitted = await submitPlanned(run, { chain, slot, tag, seconds: filling.seconds ?? 0 });
    outcomes.push(submitted);
    if (submitted.outcome === 'submitted') continue;
    log.warn(`chain ${run.name}: no job was submitted: ${submitted.words}`);
    return outcomes;
  }
}

function submitterHere({ adapter, environment }: JobMaking): Submitter {
  const { pid } = process;
  return { pid, processStart: processStart(pid) ?? '', jobId: ownJobId({ adapter, environment }) };
}

/** The id of the job in which this process runs; null when it runs in none that is known. */
export function ownJobId({
  adapter,
  environment,
}: Pick<JobMaking, 'adapter' | 'environment'>): string | null {
  const { jobIdVariable } = adapter.system;
  return (jobIdVariable && environment[jobIdVariable]) || null;
}

/** The script of a job of a chain. @throws SkyrocketError BAD_CONFIGURATION as `jobScript` */
export function chainScript(
  { qlaunch: { adapter }, commandOf }: { qlaunch: Pick<JobMaking, 'adapter'> } & Pick<ChainRun, 'commandOf'>,
  tag: string,
  directory: string,
): string {
  // The last command of a script takes the place of its shell: signals to the shell reach it, which else would end the job.
  const isLast = adapter.template === null && !adapter.values.has('post_rocket');
  const rocketLaunch = `${isLast ? 'exec ' : ''}${commandOf(tag)}`;
  return jobScript({ ...adapter, rocketLaunch }, { directory, jobName: null, options: '' });
}

async function submitPlanned(
  run: ChainRun,
  job: { chain: Chain; slot: number; tag: string; seconds: number },
): Promise<Submitted> {
  const { qlaunch, name, shelf, block } = run;
  const { queue, log, scriptName } = qlaunch;
  const directory = newDirectory(qlaunch, block.next().directory);
  const submitted = await queue.submit({
    ...{ directory, file: scriptName, tag: job.tag, count: 1 },
    text: chainScript(run, job.tag, directory),
    jobName: nameOfJob(qlaunch.adapter, { jobName: null }),
    after: conditionsOf(qlaunch, job),
  });
  if (submitted.outcome === 'submitted') {
    const { jobId } = submitted;
    await changeChain(shelf, name, (chain) => chain && noteJobId(chain, job.tag, jobId));
    log.info(`chain ${name}: submitted job ${jobId} in ${directory}`);
  }
  // Where the batch system may have taken it, it stays in its slot until it is found or missing for long.
  if (submitted.outcome === 'refused')
    await changeChain(shelf, name, (chain) => chain && without(chain, job.tag));
  return submitted;
}

/** After the job that runs in the slot, and after a pause when jobs have failed. */
function conditionsOf(
  { adapter }: JobMaking,
  { chain, slot, seconds }: { chain: Chain; slot: number; seconds: number },
): { jobId?: string; seconds?: number } {
  if (adapter.system.conditions === 'not-taken') return {};
  const jobId = chain.slots[slot]?.running?.jobId ?? null;
  const pause = Math.max(seconds, backOffSeconds(chain.failures));
  return { ...(jobId !== null && { jobId }), ...(pause > 0 && { seconds: pause }) };
}
