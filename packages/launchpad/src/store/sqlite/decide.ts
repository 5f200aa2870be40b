import type { AgentId } from '@skyrocket/contract/agents';
import type { Decision } from '@skyrocket/model/change';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { LaunchState } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { Decided, DecisionRequest, LeasedLaunch, View } from '../store.ts';
import { answerGiven, rememberAnswer } from './answers.ts';
import { writeChange } from './change-writer.ts';
import type { Connection } from './connection.ts';
import { idList, launchIds } from './firework-rows.ts';
import { NeighbourhoodLoader } from './neighbourhood-loader.ts';
import { startToken } from './start-launches.ts';

/** Loads, decides and writes, inside one transaction: nobody else changes anything meanwhile. */
export function decide<Outcome>(
  database: Connection,
  { request, now }: { request: DecisionRequest<Outcome>; now: Timestamp },
  decision: (view: View) => Decision<Outcome>,
): Decided<Outcome> {
  const { key } = request;
  const given = key === null ? null : answerGiven(database, key);
  if (given !== null) return { repeated: true, answer: given };

  const loader = new NeighbourhoodLoader(database);
  const view = { neighbourhood: loader.neighbourhood, launches: loadSeeds(database, loader, request), now };
  for (;;) {
    const decided = decision(view);
    if (decided.kind === 'needs') {
      loader.satisfy(decided.needs);
      continue;
    }
    const { change, outcome } = decided;
    const ids = writeChange(database, { change, loader, now });
    if (key !== null) rememberAnswer(database, { key, answer: request.answer(outcome, ids), now });
    return { repeated: false, outcome, ids };
  }
}

function loadSeeds(
  database: Connection,
  loader: NeighbourhoodLoader,
  { seeds, expect }: Pick<DecisionRequest<unknown>, 'seeds' | 'expect'>,
): Map<LaunchId, LeasedLaunch> {
  const launches = leasedLaunches(database, seeds.launchIds);
  const makers = [...launches.values()].map((launch) => launch.fwId);
  const ids = [...seeds.fwIds, ...makers];
  if (expect !== 'children') {
    loader.loadNodes(ids);
    return launches;
  }
  loader.loadNodes(ids, 'now');
  loader.loadNodes(ids.flatMap((id) => loader.neighbourhood.nodes.get(id)?.children ?? []));
  return launches;
}

interface LeasedRow {
  launch_id: LaunchId;
  fw_id: FwId;
  state: LaunchState;
  agent: AgentId | null;
  token: string | null;
  /** Null when the Firework is gone. */
  held: string | null;
}

const leasedLaunchesOf = `
SELECT launch_id, launches.fw_id, launches.state, agent, token, fireworks.launches AS held
FROM launches LEFT JOIN fireworks ON fireworks.fw_id = launches.fw_id
WHERE launch_id IN (SELECT value FROM json_each(?))`;

function leasedLaunches(database: Connection, ids: LaunchId[]): Map<LaunchId, LeasedLaunch> {
  if (ids.length === 0) return new Map();
  const rows = database.all<LeasedRow>(leasedLaunchesOf, idList(ids));
  return new Map(
    rows.map((row) => {
      const id = launchId(row.launch_id);
      const active = row.held !== null && launchIds(row.held).includes(id);
      const { state, agent } = row;
      return [
        id,
        { launchId: id, fwId: fwId(row.fw_id), state, active, agentId: agent, token: startToken(row.token) },
      ];
    }),
  );
}
