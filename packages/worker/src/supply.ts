import type { ClaimedLaunch } from '@skyrocket/contract/running';
import { createRoom, type Room } from './allocation/room.ts';
import { isSupplied } from './batching.ts';
import { type Crew, giveBack, startLaunches } from './crew.ts';
import { taskClasses } from './launch-tasks.ts';
import { isOutage, throughOutages } from './outage.ts';
import type { RapidfireOptions } from './rapidfire.ts';
import { describeLaunch, type StartedLaunch } from './started-launch.ts';
import { nextStep, type Step, type SupplyState, startOutlook } from './supply-step.ts';

/**
 * Keeps slots supplied: claims Fireworks, has them started, and looks again when there is none, until the options or the
 * crew's stop end it. One step at a time; each is chosen by what is there ({@link nextStep}).
 */
export interface Supply {
  /** The next Launch to run; null when there will be no more. */
  next(): Promise<StartedLaunch | null>;
  /** A Launch that `next` gave is over, or was given back without having run. */
  finished(launch: StartedLaunch, how: 'ran' | 'given back'): void;
  /** Its part of the allocation, as its tasks are told. */
  environmentOf(launch: StartedLaunch): Record<string, string>;
  /** No more are to be given. */
  stop(): void;
  /** Resolves when there will be no more. Rejects when the launchpad refuses this worker, or directories cannot be made. */
  readonly ended: Promise<void>;
}

export function startSupply(crew: Crew, options: RapidfireOptions): Supply {
  const state = initialState(crew, options);
  crew.onTold = () => {
    // Children of what ended may be READY.
    state.dryUntil = 0;
    wake(state);
  };
  const stop = () => {
    state.isOver = true;
    wake(state);
  };
  crew.stop.asked.addEventListener('abort', stop, { once: true });
  const ended = supplyUntilEnd(state).finally(() => {
    state.isOver = true;
    for (const take of state.idle.splice(0)) take(null);
  });
  return {
    next: () => new Promise((take) => offer(state, take)),
    environmentOf: ({ firework }) => state.room?.environmentOf(firework.fwId) ?? {},
    finished(launch, how) {
      if (state.room) leaveRoom(state, state.room, launch);
      state.running.delete(launch);
      if (how === 'ran') state.lastChange = performance.now();
      // Asked after each Launch, so it must cost next to nothing while enough is started.
      if (!isSupplied(startOutlook(state))) wake(state);
    },
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
    room: options.room ? createRoom(options.room) : null,
    passedOverForNow: new Set(),
    claimed: [],
    started: [],
    startedSeconds: 0,
    startCallSeconds: 0,
    running: new Map(),
    idle: [],
    dryUntil: 0,
    lastClaim: 1,
    lastChange: now,
    deadline: timeoutSeconds === null ? Number.POSITIVE_INFINITY : now + timeoutSeconds * 1000,
    loops: 0,
    hasLooked: false,
    isDrained: false,
    isOver: false,
    wake: null,
  };
}

function offer(state: SupplyState, take: (launch: StartedLaunch | null) => void): void {
  if (state.isOver) {
    take(null);
    return;
  }
  state.idle.push(take);
  deliver(state);
  if (state.idle.length > 0) wake(state);
}

/** Gives started Launches to the slots that wait. */
function deliver(state: SupplyState): void {
  while (state.idle.length > 0 && !state.isOver) {
    const next = state.started.shift();
    if (!next) {
      state.startedSeconds = 0;
      return;
    }
    state.startedSeconds -= next.seconds;
    state.lastChange = performance.now();
    state.running.set(next.launch, { begun: state.lastChange, seconds: next.seconds });
    state.idle.shift()?.(next.launch);
  }
}

function wake(state: SupplyState): void {
  state.wake?.();
  state.wake = null;
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
      return start(state, state.claimed.splice(0, step.count));
    case 'start chosen':
      return start(state, takeChosen(state, step.places));
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
  const { crew, options } = state;
  const { agent, stop, worker, unimportable } = crew;
  const withoutFireworks = [...state.passedOverForNow, ...unimportable.fireworks()].slice(0, namedAtMost);
  const request = {
    ...{ count, order: worker.claimOrder, withoutTasks: unimportable.names() },
    ...(withoutFireworks.length > 0 && { withoutFireworks }),
    ...(state.room && { resources: state.room.offered() }),
  };
  const { claims, exhausted } = await agent.claim(request, stop.asked);
  state.lastClaim = count;
  state.hasLooked = false;
  state.claimed.push(...(state.room ? await admit(state, state.room, claims) : claims));
  if (exhausted)
    state.dryUntil = performance.now() + Math.max(options.sleepSeconds, leastSleepSeconds) * 1000;
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

function leaveRoom(state: SupplyState, room: Room, launch: StartedLaunch): void {
  const running = state.running.get(launch);
  const seconds = running ? (performance.now() - running.begun) / 1000 : null;
  room.leave(launch.firework, launch.ending ? null : seconds);
  // There is more room now, for those that did not fit too.
  state.passedOverForNow.clear();
  state.dryUntil = 0;
}

/** Looking for work again and again without a pause would keep the launchpad busy for nothing. */
const leastSleepSeconds = 0.1;

async function start(state: SupplyState, next: ClaimedLaunch[]): Promise<void> {
  const { crew, options } = state;
  const names = crew.unimportable.names();
  const isUseless = ({ firework }: ClaimedLaunch) =>
    names.length > 0 && taskClasses(firework.spec).some((name) => names.includes(name));
  await giveBackClaims(state, next.filter(isUseless));
  const begun = performance.now();
  const useful = next.filter((one) => !isUseless(one));
  const launches = await startLaunches(crew, useful, options.place ?? 'launcher');
  state.startCallSeconds = (performance.now() - begun) / 1000;
  if (state.room) leaveUnstarted(state.room, next, launches);
  for (const launch of launches) {
    const foreseen = crew.durations.foresee(launch.kinds);
    // What is not known to be short has a slot, or is waited for by nobody else.
    const seconds = Math.min(foreseen, unknownSeconds);
    state.started.push({ launch, seconds });
    state.startedSeconds += seconds;
  }
  deliver(state);
}

const unknownSeconds = 3600;

/** They have their part of the allocation from now on. */
function takeChosen(state: SupplyState, places: number[]): ClaimedLaunch[] {
  const chosen = new Set(places);
  const next = state.claimed.filter((_, index) => chosen.has(index));
  state.claimed = state.claimed.filter((_, index) => !chosen.has(index));
  for (const { firework } of next) state.room?.enter(firework);
  return next;
}

/** The launchpad did not start them, or they were given back. */
function leaveUnstarted(room: Room, next: ClaimedLaunch[], launches: StartedLaunch[]): void {
  for (const { firework, launchId } of next) {
    if (!launches.some((launch) => launch.launchId === launchId)) room.leave(firework, null);
  }
}

/** Other workers may run them sooner. */
async function giveBackQueued(state: SupplyState): Promise<void> {
  const { crew, started } = state;
  const launches = started.splice(0).map(({ launch }) => launch);
  state.startedSeconds = 0;
  const count = launches.length + state.claimed.length;
  crew.worker.log.info(`What was claimed ahead is given back, since others take long (${count})`);
  if (state.room) {
    for (const { firework } of state.claimed) {
      state.room.hold(firework);
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
  const { crew, options } = state;
  const { worker, stop } = crew;
  state.hasLooked = true;
  if (options.nlaunches === 'drain') {
    const { launchpad, fworker, log } = worker;
    const patience = { log, what: 'looking for work', until: stop.asked };
    const { later } = await throughOutages(() => launchpad.workFor({ fworker }), patience);
    state.isDrained = !later;
    if (!later) return;
  }
  state.loops++;
  worker.log.info(`nothing is READY; looking again every ${options.sleepSeconds} seconds`);
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
