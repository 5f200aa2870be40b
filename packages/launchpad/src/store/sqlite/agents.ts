import type { AgentId, Heartbeat, LaunchPing, RegisterAgent } from '@skyrocket/contract/agents';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { LaunchState } from '@skyrocket/model/states';
import { epochMilliseconds, secondsBetween, type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import type { AgentStanding, PingResult } from '../store.ts';
import { fromColumn, toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { launchIds } from './firework-rows.ts';
import { fworkerColumn, readFWorker, trackersColumn } from './launch-columns.ts';
import { changedHistoryColumn } from './launch-history.ts';

interface AgentRow {
  agent: AgentId;
  fworker: string;
  host: string;
  ip: string;
  pid: number;
  process_start: string;
  journal: string;
  version: string;
  owner: string | null;
  job: string | null;
  renewed_on: Timestamp;
}

interface HeldRow {
  launch_id: LaunchId;
  fw_id: FwId;
  state: LaunchState;
  agent: AgentId;
  launches: string;
}

const putAgent = `
INSERT OR REPLACE INTO agents (agent, fworker, host, ip, pid, process_start, journal, version, owner, job, renewed_on)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const allHeldLaunches = `
SELECT launches.launch_id, launches.fw_id, launches.state, launches.agent, fireworks.launches AS launches
FROM launches JOIN fireworks USING (fw_id)
WHERE launches.agent IS NOT NULL AND launches.state IN ('RESERVED', 'RUNNING')`;
const heldLaunches = `${allHeldLaunches} AND launches.agent = ?`;
const pingedLaunch = `
SELECT launches.state, launches.token, launches.history, fireworks.launches AS launches
FROM launches LEFT JOIN fireworks USING (fw_id) WHERE launch_id = ?`;

export function registerAgent(database: Connection, agent: RegisterAgent, now: Timestamp): void {
  database.run(
    putAgent,
    agent.agentId,
    fworkerColumn(agent.fworker),
    toColumn(agent.host),
    agent.ip,
    agent.pid,
    agent.processStart,
    toColumn(agent.journal),
    agent.version,
    agent.owner ?? null,
    agent.job ? JSON.stringify(agent.job) : null,
    now,
  );
}

/** Agents as they stand; all of them when none is named. */
export function agentStandings(database: Connection, now: Timestamp, agentId?: AgentId): AgentStanding[] {
  const rows =
    agentId === undefined
      ? database.all<AgentRow>('SELECT * FROM agents ORDER BY agent')
      : database.all<AgentRow>('SELECT * FROM agents WHERE agent = ?', agentId);
  const held = launchesHeldBy(database, agentId);
  return rows.map((row) => ({
    agentId: row.agent,
    fworker: readFWorker(row.fworker),
    host: fromColumn(row.host),
    ip: row.ip,
    pid: row.pid,
    processStart: row.process_start,
    journal: fromColumn(row.journal),
    version: row.version,
    ...(row.owner !== null && { owner: row.owner }),
    ...(row.job !== null && { job: JSON.parse(row.job) }),
    silentSeconds: Math.max(0, secondsBetween(row.renewed_on, now)),
    launches: held.get(row.agent) ?? [],
  }));
}

/** In the order of their ids; of all agents when none is named. */
function launchesHeldBy(database: Connection, agent?: AgentId): Map<AgentId, AgentStanding['launches']> {
  const rows =
    agent === undefined ? database.all<HeldRow>(allHeldLaunches) : database.all<HeldRow>(heldLaunches, agent);
  const held = new Map<AgentId, AgentStanding['launches']>();
  for (const row of rows.sort((a, b) => a.launch_id - b.launch_id)) {
    if (!launchIds(row.launches).includes(row.launch_id)) continue;
    const launch = { launchId: launchId(row.launch_id), fwId: fwId(row.fw_id), state: row.state };
    const launches = held.get(row.agent);
    if (launches) launches.push(launch);
    else held.set(row.agent, [launch]);
  }
  return held;
}

/** Renews a lease and writes the news of Launches. Null: the agent is not known. */
export function takeHeartbeat(
  database: Connection,
  { agentId, pings }: Heartbeat,
  now: Timestamp,
): PingResult[] | null {
  if (database.run('UPDATE agents SET renewed_on = ? WHERE agent = ?', now, agentId) === 0) return null;
  return pings.map((ping) => {
    const row = database.get<PingedRow>(pingedLaunch, ping.launchId);
    const standing = standingOf(row, ping);
    if (standing === 'own' && row) writePing(database, { ping, history: row.history }, now);
    return { launchId: ping.launchId, standing };
  });
}

interface PingedRow {
  state: LaunchState;
  token: string | null;
  history: string;
  launches: string | null;
}

function standingOf(row: PingedRow | undefined, { launchId: id, token }: LaunchPing): PingResult['standing'] {
  if (!row || row.launches === null) return 'deleted';
  if (row.token !== token) return 'not-yours';
  if (!launchIds(row.launches).includes(id)) return 'archived';
  return row.state === 'RUNNING' ? 'own' : 'ended';
}

function writePing(
  database: Connection,
  { ping, history }: { ping: LaunchPing; history: string },
  now: Timestamp,
): void {
  const { checkpoint, trackers } = ping;
  database.run(
    'UPDATE launches SET history = ?, trackers = coalesce(?, trackers) WHERE launch_id = ?',
    changedHistoryColumn(history, { ping: { updatedOn: now, ...(checkpoint && { checkpoint }) } }),
    trackers ? trackersColumn(trackers) : null,
    ping.launchId,
  );
}

/** Forgets those of the agents that hold no Launch. */
export function forgetAgents(database: Connection, agentIds: AgentId[]): void {
  for (const agent of agentIds) {
    if (!launchesHeldBy(database, agent).has(agent)) {
      database.run('DELETE FROM agents WHERE agent = ?', agent);
    }
  }
}

/** Forgets answers and silent agents of the distant past. */
export function prune(database: Connection, olderThanSeconds: number, now: Timestamp): void {
  const horizon = timestamp(epochMilliseconds(now) - olderThanSeconds * 1000);
  database.run('DELETE FROM answers WHERE given_on < ?', horizon);
  const silent = database.all<{ agent: AgentId }>('SELECT agent FROM agents WHERE renewed_on < ?', horizon);
  forgetAgents(
    database,
    silent.map((row) => row.agent),
  );
}
