import { randomUUID } from 'node:crypto';
import type { AgentId, AgentTerms, BatchJob, LaunchPing, RegisterAgent } from '@skyrocket/contract/agents';
import type { Log } from '@skyrocket/contract/log';
import { processStart } from '@skyrocket/contract/process-identity';
import type {
  Claim,
  Claimed,
  ReleaseLaunches,
  StartLaunches,
  StartResult,
} from '@skyrocket/contract/running';
import { skyrocketVersion } from '@skyrocket/contract/version';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { LaunchId } from '@skyrocket/model/ids';
import type { FWorker } from '@skyrocket/model/records';
import { type Journal, journalPath, openJournal } from './journal.ts';
import { isOutage, outagePause, throughOutages } from './outage.ts';
import { thisHost } from './this-host.ts';
import type { WorkerLaunchPad } from './worker-options.ts';

/** This process as the launchpad knows it: it holds leases, and keeps them by heartbeats. */
export interface Agent {
  readonly agentId: AgentId;
  readonly journal: Journal;
  /** Where this process is. */
  readonly place: { host: string; ip: string };
  /** The uuid of the launchpad, which a reset changes. */
  readonly launchpadUuid: string;
  /** Tries until the launchpad answers or `until` is aborted. */
  claim(request: Omit<Claim, 'agentId' | 'fworker' | 'key'>, until: AbortSignal): Promise<Claimed>;
  /** Tries until the launchpad answers or `until` is aborted: then it is not known which of them are started. */
  startLaunches(starts: StartLaunches['starts'], until: AbortSignal): Promise<StartResult[]>;
  /** Gives Launches back. Tries until the launchpad answers or `until` is aborted. */
  release(releases: ReleaseLaunches['releases'], until: AbortSignal): Promise<void>;
  /** There is news: a heartbeat follows within a few seconds. */
  tellSoon(): void;
  /** Ends the heartbeat and signs off: unstarted claims are READY again. May be called twice. */
  stop(ending: 'sign-off' | 'abandon'): Promise<void>;
}

/** The Launches that this process has started and that have not ended. */
export interface Watched {
  /** What heartbeats tell about them. */
  pings(): LaunchPing[];
  takenAway(launchId: LaunchId, reason: string): void;
}

export interface AgentOptions {
  launchpad: WorkerLaunchPad;
  fworker: FWorker;
  log: Log;
  spool: string;
  pingSeconds: number;
  /** The job that this process runs in; null outside of one. */
  job: BatchJob | null;
}

/** Opens the journal, registers, and begins to send heartbeats. @throws SkyrocketError when the launchpad does not answer */
export async function startAgent(options: AgentOptions, watched: Watched): Promise<Agent> {
  const { launchpad, fworker, spool } = options;
  const self = {
    agentId: randomUUID() as AgentId,
    pid: process.pid,
    processStart: processStart(process.pid) ?? '',
  };
  const { host, ip } = thisHost();
  const { uuid } = await launchpad.identity();
  const journal = openJournal(spool, { ...self, host, launchpad: uuid });
  const path = journalPath(spool, self.agentId);
  const registration: RegisterAgent = {
    ...self,
    fworker,
    host,
    ip,
    journal: path,
    version: skyrocketVersion,
    ...(options.job && { job: options.job }),
  };
  try {
    const terms = await launchpad.registerAgent(registration);
    return runningAgent({ ...options, watched, registration, journal, terms });
  } catch (error) {
    journal.close();
    throw error;
  }
}

interface Registered extends AgentOptions {
  watched: Watched;
  registration: RegisterAgent;
  journal: Journal;
  terms: AgentTerms;
}

function runningAgent(registered: Registered): Agent {
  const { launchpad, registration, journal, log } = registered;
  const { agentId, fworker, host, ip } = registration;
  const heart = startHeart(registered);
  let signedOff: Promise<void> | null = null;
  return {
    agentId,
    journal,
    place: { host, ip },
    get launchpadUuid() {
      return registered.terms.launchpad.uuid;
    },
    claim(request, until) {
      const claim = { ...request, agentId, fworker, key: randomUUID() };
      return throughOutages(() => registeredAgain(registered, () => launchpad.claim(claim)), {
        log,
        what: 'claiming',
        until,
      });
    },
    async startLaunches(starts, until) {
      const request = { agentId, fworker, host, ip, starts, key: randomUUID() };
      const what = 'starting';
      const { results } = await throughOutages(() => launchpad.start(request), { log, what, until });
      return results;
    },
    async release(releases, until) {
      const request = { agentId, releases, key: randomUUID() };
      await throughOutages(() => launchpad.release(request), { log, what: 'giving back', until });
    },
    tellSoon: heart.beatSoon,
    stop(ending) {
      heart.stop();
      signedOff ??= ending === 'sign-off' ? signOff(registered) : Promise.resolve();
      return signedOff;
    },
  };
}

/** A launchpad that was reset, or did not hear of us for long, knows us no more. */
async function registeredAgain<T>(registered: Registered, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!isSkyrocketError(error) || error.code !== 'NOT_ALLOWED') throw error;
    registered.terms = await registered.launchpad.registerAgent(registered.registration);
    return attempt();
  }
}

/** An agent that cannot sign off is missed after its lease, so a failure changes little. */
async function signOff({ launchpad, registration, log }: Registered): Promise<void> {
  try {
    await launchpad.signOff({ agentId: registration.agentId });
  } catch (error) {
    if (!isOutage(error)) throw error;
    log.warn(`signing off: ${error.message}; what was claimed is READY again when the lease has run out`);
  }
}

const soonMilliseconds = 2000;

interface Heart {
  beatSoon(): void;
  stop(): void;
}

function startHeart(registered: Registered): Heart {
  const { launchpad, registration, terms, log, pingSeconds, watched } = registered;
  const { agentId } = registration;
  const period = Math.min(terms.heartbeatSeconds, pingSeconds) * 1000;
  let failures = 0;
  // Workers that begin together, as those of a job array do, would be heard of together for ever.
  const first = period * (0.5 + Math.random() / 2);
  let dueAt = performance.now() + first;
  let timer = setTimeout(beat, first);
  let beating = false;
  let stopped = false;

  function schedule(milliseconds: number): void {
    clearTimeout(timer);
    if (stopped) return;
    dueAt = performance.now() + milliseconds;
    timer = setTimeout(beat, milliseconds);
  }

  function beat(): void {
    if (beating) return;
    beating = true;
    sendNews().then(
      () => {
        failures = 0;
        beating = false;
        schedule(period);
      },
      (error: unknown) => {
        failures++;
        beating = false;
        log.warn(`heartbeat: ${error instanceof Error ? error.message : error}`);
        schedule(Math.min(period, outagePause(failures)));
      },
    );
  }

  async function sendNews(): Promise<void> {
    const pings = watched.pings();
    const { takenAway } = await registeredAgain(registered, () => launchpad.heartbeat({ agentId, pings }));
    for (const { launchId, reason } of takenAway) watched.takenAway(launchId, reason);
  }

  return {
    beatSoon() {
      if (!beating && dueAt - performance.now() > soonMilliseconds) schedule(soonMilliseconds);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
