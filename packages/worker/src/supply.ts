import type { ClaimedLaunch } from '@skyrocket/contract/running';
import type { Chosen, Room } from './allocation/room.ts';
import { type Crew, giveBack, startLaunches } from './crew.ts';
import { createDrySpell } from './dry-spell.ts';
import { taskClasses } from './launch-tasks.ts';
import { isOutage, throughOutages } from './outage.ts';
import type { RapidfireOptions } from './rapidfire.ts';
import { createSlotShares } from './slot-shares.ts';
import { describeLaunch, type StartedLaunch } from './started-launch.ts';
import { createStartedQueue } from './started-queue.ts';
import { deliver, leave, offer, wake } from './supply-delivery.ts';
import { anyKind, claimsWanted, nextStep, noneStarting, type Step, type SupplyState } from './supply-step.ts';

/**
 * Keeps slots supplied: claims Fireworks, has them started, and looks again when there is none, until the options or the
 * crew's stop end it. One step at a time; each is chosen by what is there ({@link nextStep}).
 */
export interface Supply {
  /** The next Launch to run in a slot; null when there will be no more. */
  next(slot: number): Promise<StartedLaunch | null>;
  /** Resolves when the files of a Launch that `next` gave are written, as far as they can be: it begins only then. */
  whenWritten(launch: StartedLaunch): Promise<void>;
  /** A Launch that `next` gave is over, or was given back without having run. */
  finished(launch: StartedLaunch, how: 'ran' | 'given back'): void;
  /** Its share of the allocation, as its tasks are told. */
  environmentOf(launch: StartedLaunch): Record<string, string>;
  /** Why a Launch that `next` gave would not end in time when it begins in so many seconds; null when it would. */
  whyTooLate(launch: StartedLaunch, waits: number): string | null;
  /** No more are to be given. */
  stop(): void;
  /** Resolves when there will be no more. Rejects when the launchpad refuses this worker, or directories cannot be made. */
  readonly ended: Promise<void>;
}

export function startSupply(crew: Crew, options: RapidfireOptions): Supply {
  const state = initialState(crew, options);
  crew.onTold = () => {
    // Children of what ended may be READY.
    state.drySpell.end();
    wake(state);
  };
  const stop = () => {
    state.isOver = true;
    wake(state);
  };
  crew.stop.asked.addEventListener('abort', stop, { once: true });
  const ended = supplyUntilEnd(state).finally(() => {
    state.isOver = true;
    for (const { take } of state.idle.splice(0)) take(null);
  });
  return {
    next: (slot) => new Promise((take) => offer(state, { slot, take })),
    async whenWritten(launch) {
      await launch.filesUnderWay;
      const inSlot = state.running.get(launch);
      if (inSlot) inSlot.begun = performance.now();
    },
    environmentOf: (launch) => state.running.get(launch)?.environment ?? {},
    whyTooLate({ firework }, waits) {
      const room = state.shares?.room;
      return room?.isOver() ? 'its time is over here' : (room?.whyTooLong(firework, waits) ?? null);
    },
    finished: (launch, how) => leave(state, launch, how),
    stop,
    ended,
  };
}

function initialState(crew: Crew, options: RapidfireOptions): SupplyState {
  const now = performance.now();
  const { timeoutSeconds } = options;
  return {
    crew,
    options,
    shares: options.room ? createSlotShares(options.room) : null,
    passedOverForNow: new Set(),
    claimed: [],
    starting: noneStarting,
    started: createStartedQueue(),
    startCallSeconds: 0,
    running: new Map(),
    idle: [],
    drySpell: createDrySpell(options.sleepSeconds),
    lastClaim: 1,
    lastChange: now,
    deadline: timeoutSeconds === null ? Number.POSITIVE_INFINITY : now + timeoutSeconds * 1000,
    loops: 0,
    hasLooked: false,
    readyWasSeen: false,
    isDrained: false,
    isOver: false,
    wake: null,
  };
}

async function supplyUntilEnd(state: SupplyState): Promise<void> {
  const { asked } = state.crew.stop;
  while (!asked.aborted && !state.isOver) {
    const step = nextStep(state, performance.now());
    if (step.do === 'end') return;
    try {
      await doStep(state, step);
    } catch (error) {
      if (!asked.aborted || !isOutage(error)) throw error;
    }
  }
}

async function doStep(state: SupplyState, step: Exclude<Step, { do: 'end' }>): Promise<void> {
  switch (step.do) {
    case 'start':
      return start(state, takeChosen(state, step));
    case 'claim':
      return claim(state, step.count);
    case 'report':
      return state.crew.reports.flush();
    case 'give back':
      return giveBackQueued(state);
    case 'look again':
      return look(state);
    case 'wait':
      return waitUntil(state, step.until);
  }
}

async function claim(state: SupplyState, count: number): Promise<void> {
  const { crew } = state;
  const { agent, stop, worker, unimportable } = crew;
  const withoutFireworks = [...state.passedOverForNow, ...unimportable.fireworks()].slice(0, namedAtMost);
  const request = {
    ...{ count, order: worker.claimOrder, withoutTasks: unimportable.names() },
    ...(withoutFireworks.length > 0 && { withoutFireworks }),
    ...(state.shares && { resources: state.shares.room.offered() }),
  };
  const { claims, exhausted } = await agent.claim(request, stop.asked);
  state.lastClaim = count;
  state.hasLooked = false;
  if (claims.length > 0) state.readyWasSeen = false;
  state.claimed.push(...(state.shares ? await admit(state, state.shares.room, claims) : claims));
  if (exhausted) state.drySpell.begin(performance.now(), claims.length > 0);
}

/** A claim names no more Fireworks that are to be passed over. */
const namedAtMost = 10_000;

/** Gives those back that would not end in time. */
async function admit(state: SupplyState, room: Room, claims: ClaimedLaunch[]): Promise<ClaimedLaunch[]> {
  const { crew } = state;
  const { launchpad, log } = crew.worker;
  const names = room.unknownNames(claims.map(({ firework }) => firework));
  if (names.length > 0) {
    const patience = { log, what: 'asking how long Fireworks take', until: crew.stop.asked };
    const { runtimes } = await throughOutages(() => launchpad.runtimes({ names }), patience);
    room.learn(names.map((name) => ({ name, seconds: [] })));
    room.learn(runtimes);
  }
  const late = claims.filter(({ firework }) => room.whyTooLong(firework) !== null);
  for (const claim of late)
    log.info(`${describeLaunch(claim)} is left to others: ${room.whyTooLong(claim.firework)}`);
  crew.unimportable.addFireworks(late.map(({ firework }) => firework.fwId));
  await giveBackClaims(state, late);
  return claims.filter((claim) => !late.includes(claim));
}

async function start(state: SupplyState, next: ClaimedLaunch[]): Promise<void> {
  const { shares } = state;
  const kinds = new Set(next.map(({ firework }) => shares?.room.kindOf(firework) ?? anyKind));
  state.starting = { kinds, count: next.length };
  let claimed = Promise.resolve();
  const alongside = () => {
    const count = claimsWanted(state, performance.now());
    if (count > 0) claimed = claim(state, count);
    // Told when the start is over.
    claimed.catch(() => {});
  };
  try {
    await startTogether(state, next, alongside);
  } finally {
    state.starting = noneStarting;
    deliver(state);
    // Also when the start has failed: who has signed off claims nothing more.
    await Promise.allSettled([claimed]);
  }
  await claimed;
}

/** `alongside` is called with the call to the launchpad: what that asks for shares a commit with the start. */
async function startTogether(
  state: SupplyState,
  next: ClaimedLaunch[],
  alongside: () => void,
): Promise<void> {
  const { crew, options, shares, started } = state;
  const names = crew.unimportable.names();
  const isUseless = ({ firework }: ClaimedLaunch) =>
    names.length > 0 && taskClasses(firework.spec).some((name) => names.includes(name));
  await giveBackClaims(state, next.filter(isUseless));
  const begun = performance.now();
  const useful = next.filter((one) => !isUseless(one));
  const starting = startLaunches(crew, useful, { place: options.place ?? 'launcher', alongside });
  // Their directories are being made.
  if (crew.reports.untold() >= manyReports) crew.reports.sendMeanwhile();
  const launches = await starting;
  state.startCallSeconds = (performance.now() - begun) / 1000;
  for (const launch of launches) {
    const foreseen = crew.durations.foresee(launch.kinds);
    // What is not known to be short has a slot, or is waited for by nobody else.
    const seconds = Math.min(foreseen, unknownSeconds);
    started.add(shares?.room.kindOf(launch.firework) ?? anyKind, { launch, seconds });
  }
}

const unknownSeconds = 3600;

/** Fewer wait for others, as long as there is time. */
const manyReports = 32;

/** Those that begin have their shares from now on. */
function takeChosen(state: SupplyState, { begin, follow }: Chosen): ClaimedLaunch[] {
  const { claimed, shares } = state;
  const begins = new Set(begin);
  const chosen = new Set([...begin, ...follow]);
  for (const [place, { firework }] of claimed.entries()) if (begins.has(place)) shares?.reserve(firework);
  state.claimed = claimed.filter((_, place) => !chosen.has(place));
  return claimed.filter((_, place) => chosen.has(place));
}

/** Other workers may run them sooner. */
async function giveBackQueued(state: SupplyState): Promise<void> {
  const { crew, started } = state;
  const launches = started.takeAll();
  const count = launches.length + state.claimed.length;
  crew.worker.log.info(`What was claimed ahead is given back, since others take long (${count})`);
  if (state.shares) {
    for (const { firework } of state.claimed) {
      state.shares.room.hold(firework);
      state.passedOverForNow.add(firework.fwId);
    }
  }
  const reason = 'the worker was busy with others';
  await giveBack(crew, launches, { reason, unimportable: null });
  await giveBackClaims(state, state.claimed.splice(0));
}

async function giveBackClaims({ crew }: SupplyState, claims: ClaimedLaunch[]): Promise<void> {
  if (claims.length === 0) return;
  const reason = 'the worker could not run it now';
  await crew.agent.release(
    claims.map(({ launchId }) => ({ launchId, reason })),
    crew.patience,
  );
}

/** Asks whether there is anything to wait for. */
async function look(state: SupplyState): Promise<void> {
  const { crew, options, drySpell } = state;
  const { worker, stop } = crew;
  state.hasLooked = true;
  if (options.nlaunches === 'drain') {
    const { launchpad, fworker, log } = worker;
    const patience = { log, what: 'looking for work', until: stop.asked };
    const { ready, later } = await throughOutages(() => launchpad.workFor({ fworker }), patience);
    // What became READY after the claim is claimed now. What a claim did not get then is not for this worker.
    const isNews = ready && !state.readyWasSeen;
    state.readyWasSeen = ready;
    if (isNews) state.drySpell.end();
    state.isDrained = !later && !isNews;
    if (state.isDrained || isNews) return;
  }
  if (!drySpell.isNewLoop()) return;
  state.loops++;
  worker.log.info(
    `nothing is READY; looking again every ${drySpell.longestSeconds} seconds, sooner at first`,
  );
}

/** Ends sooner when something changes. */
function waitUntil(state: SupplyState, until: number): Promise<void> {
  const milliseconds = until - performance.now();
  if (milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer =
      milliseconds === Number.POSITIVE_INFINITY
        ? null
        : setTimeout(resolve, Math.min(milliseconds, longestTimeoutMilliseconds));
    state.wake = () => {
      if (timer) clearTimeout(timer);
      // After the slot that woke it has begun its next Launch: then the two go on side by side.
      setImmediate(resolve);
    };
  });
}

/** Longer ones fire at once. */
const longestTimeoutMilliseconds = 2 ** 31 - 1;
