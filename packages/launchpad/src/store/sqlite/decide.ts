import type { Decision } from '@skyrocket/model/change';
import type { LaunchId } from '@skyrocket/model/ids';
import type { FireworkNode } from '@skyrocket/model/neighbourhood';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { Decided, DecisionRequest, LeasedLaunch, View } from '../store.ts';
import { answerGiven, rememberAnswer } from './answers.ts';
import { writeChange } from './change-writer.ts';
import type { Connection } from './connection.ts';
import { type LoadedLaunch, NeighbourhoodLoader } from './neighbourhood-loader.ts';
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
  const view = { neighbourhood: loader.neighbourhood, launches: loadSeeds(loader, request), now };
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
  loader: NeighbourhoodLoader,
  { seeds, expect }: Pick<DecisionRequest<unknown>, 'seeds' | 'expect'>,
): Map<LaunchId, LeasedLaunch> {
  const { nodes } = loader.neighbourhood;
  const rows = loader.loadLaunches(seeds.launchIds);
  const ids = [...seeds.fwIds, ...rows.map((row) => row.fw_id)];
  if (expect === 'children') {
    loader.loadNodes(ids, 'now');
    loader.loadNodes(ids.flatMap((id) => nodes.get(id)?.children ?? []));
  } else {
    loader.loadNodes(ids);
  }
  return new Map(rows.map((row) => [row.launch_id, leasedLaunch(row, nodes.get(row.fw_id))]));
}

/** `maker`: absent when the Firework is gone. */
function leasedLaunch(row: LoadedLaunch, maker: FireworkNode | undefined): LeasedLaunch {
  const { launch_id: launchId, fw_id: fwId, state, agent: agentId } = row;
  const active = maker?.launches.some((launch) => launch.launchId === launchId) ?? false;
  return { launchId, fwId, state, active, agentId, token: startToken(row.token) };
}
