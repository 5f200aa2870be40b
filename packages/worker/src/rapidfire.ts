import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RoomOptions } from './allocation/room.ts';
import { type Crew, giveBack, runAndReport, type SlotTurns, type WorkerEnd, withCrew } from './crew.ts';
import { followersOf, longestInLineSeconds } from './slot-line.ts';
import { describeLaunch, type StartedLaunch } from './started-launch.ts';
import type { StartContext } from './starting.ts';
import { type Stop, whenKilled } from './stop.ts';
import { type Supply, startSupply } from './supply.ts';
import { repeatUpkeep } from './upkeep.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The options of `rlaunch rapidfire`, `multi` and `mlaunch`: format §7.3 and §7.4. */
export interface RapidfireOptions {
  /** Launches that may run at once, in this one process: 1 for rapidfire, N for multi and mlaunch. */
  slots: number;
  /** `drain`: until nothing is left that this worker could run, now or later; a number: until all slots have launched so many. */
  nlaunches: number | 'drain' | 'infinite';
  /** How often nothing may be READY before it ends. */
  maxLoops: number | 'unlimited';
  /** How long a loop lasts in which nothing is READY: RAPIDFIRE_SLEEP_SECS. It looks some times in each (dry-spell.ts). */
  sleepSeconds: number;
  /** No Launch is begun after so many seconds; null: no limit. Those that run go on. */
  timeoutSeconds: number | null;
  /** MAINTAIN_INTERVAL. */
  maintainSeconds: number;
  /** `stored`: multi and mlaunch keep `Process-k` of the slot in stored_data.multiprocess_name (STORE_PACKING_INFO). */
  slotNames: 'stored' | 'not stored';
  /** Added to the environment of the tasks of each slot: its share of the allocation (`--nodefile`, `--ppn`). */
  slotEnvironments?: readonly Record<string, string>[];
  /** Where Launches run. Default: each in a new directory. */
  place?: StartContext['place'];
  /** The allocation that Fireworks are fitted into, side by side and in time; absent: they are not looked at so closely. */
  room?: RoomOptions;
}

/**
 * Runs Launches, each in a new launch directory below the worker's directory, until the options or `stop` end it.
 * Outages of the launchpad are waited out.
 * @throws SkyrocketError when the launchpad cannot be reached at the start, or refuses this worker
 */
export function rapidfire(worker: WorkerOptions, options: RapidfireOptions, stop: Stop): Promise<WorkerEnd> {
  return withCrew(worker, stop, async (crew) => {
    const upkeep = await repeatUpkeep(worker, options.maintainSeconds);
    try {
      await runSlots(crew, options);
    } finally {
      upkeep.stop();
    }
  });
}

/** When one part fails, what runs is still waited for. When the stop is to be at once, it is not. */
async function runSlots(crew: Crew, options: RapidfireOptions): Promise<void> {
  const supply = startSupply(crew, options);
  const loop = { lastTurn: performance.now() };
  const slots = Array.from({ length: options.slots }, (_, i) => {
    const name = options.slotNames === 'stored' ? `Process-${i + 1}` : null;
    const environment = options.slotEnvironments?.[i] ?? {};
    const slot = { name, environment, line: null, turns: { lastOver: 0 } };
    return runSlot({ crew, supply, loop, number: i, slot, runs: [], isHeldUp: false }).finally(supply.stop);
  });
  const ends = await Promise.race([Promise.allSettled([supply.ended, ...slots]), whenKilled(crew.stop)]);
  for (const end of ends ?? []) if (end.status === 'rejected') throw end.reason;
}

/** A slot at work. */
interface SlotWork {
  crew: Crew;
  supply: Supply;
  number: number;
  slot: SlotTurns;
  /** Its Launches that are begun and not over, in the order in which they run. */
  runs: Promise<void>[];
  /** One of them takes long, so that those behind it were given back. */
  isHeldUp: boolean;
  /** Of the event loop, shared by all slots. */
  loop: { lastTurn: number };
}

/** Tasks that need no waiting would keep timers and signals from being served for ever. */
const turnMilliseconds = 10;

async function runSlot(work: SlotWork): Promise<void> {
  const { crew, supply, number, loop } = work;
  try {
    for (let launch = await supply.next(number); launch; launch = await supply.next(number)) {
      if (launch.filesUnderWay) await supply.whenWritten(launch);
      const followers = followersOf(launch, crew.worker, crew.durations);
      const mustBeSoon = supply.whyTooLate(launch, longestInLineSeconds) !== null;
      if (work.runs.length > 0 && (followers === 0 || mustBeSoon)) await untilLeft(work, 0);
      // It has waited for those before it, and is given back with all that were not begun.
      if (crew.stop.asked.aborted) break;
      const tooLate = supply.whyTooLate(launch, 0);
      if (tooLate !== null) await leaveToOthers(work, launch, tooLate);
      else begin(work, launch, followers > 0 ? number : null);
      await untilLeft(work, followers);
      if (performance.now() - loop.lastTurn > turnMilliseconds) {
        await nextTurn();
        loop.lastTurn = performance.now();
      }
    }
  } finally {
    await untilLeft(work, 0);
  }
}

function begin(work: SlotWork, launch: StartedLaunch, line: number | null): void {
  const { crew, supply, slot, runs } = work;
  const environment = { ...slot.environment, ...supply.environmentOf(launch) };
  const run = runAndReport(crew, launch, { ...slot, environment, line }).then((end) => {
    if (end === 'released') work.isHeldUp = true;
    supply.finished(launch, end === 'released' ? 'given back' : 'ran');
  });
  run.catch(supply.stop);
  runs.push(run);
}

/** It was started ahead, and what is left of the time has become too short for it. */
async function leaveToOthers({ crew, supply }: SlotWork, launch: StartedLaunch, why: string): Promise<void> {
  crew.worker.log.info(`${describeLaunch(launch)} is left to others: ${why}`);
  crew.unimportable.addFireworks([launch.firework.fwId]);
  await giveBack(crew, [launch], { reason: 'the worker could not end it in its time', unimportable: null });
  supply.finished(launch, 'given back');
}

/** Until no more than so many Launches of the slot are not over. */
async function untilLeft(work: SlotWork, count: number): Promise<void> {
  while (work.runs.length > (work.isHeldUp ? 0 : count)) await work.runs.shift();
  work.isHeldUp = false;
}
