import { type CountByPeriod, type PeriodCount, periodLength } from '@skyrocket/contract/maintenance';
import type { UserMap } from '@skyrocket/model/user-data';
import type { Connection } from './connection.ts';
import { findFireworks } from './find-fireworks.ts';
import { planLaunchSearch } from './find-launches.ts';
import { findWorkflows } from './find-workflows.ts';
import { idList } from './firework-rows.ts';
import type { Lanes } from './lanes.ts';

/** Counted by the database; only what a filter asks of whole documents is looked at one by one. */
export async function countByPeriod(
  database: Connection,
  lanes: Lanes,
  request: CountByPeriod,
): Promise<PeriodCount[]> {
  const { collection, filter, since } = request;
  if (collection === 'launches') {
    const search = filter ? await planLaunchSearch(filter) : null;
    return database.read(() => {
      const ids = search ? idList(search.launchIds(database)) : null;
      return database.all<PeriodCount>(countOfLaunches, since, periodLength[request.period], ids);
    });
  }
  if (!filter) {
    const table = collection === 'fws' ? 'fireworks' : 'workflows';
    return database.all<PeriodCount>(countOf(table), since, periodLength[request.period]);
  }
  const recent: UserMap = new Map([['updated_on', new Map([['$gte', since]])]]);
  const both: UserMap = new Map([['$and', [filter, recent]]]);
  const entries =
    collection === 'fws'
      ? (await findFireworks(database, lanes, { filter: both, fields: 'summary' })).fireworks
      : (await findWorkflows(database, { filter: both, fields: 'summary' })).workflows;
  return tally(
    entries.map(({ updatedOn, state }) => [updatedOn.slice(0, periodLength[request.period]), state]),
  );
}

const countOf = (table: 'fireworks' | 'workflows') => `
SELECT substr(updated_on, 1, ?2) AS period, state, count(*) AS count FROM ${table}
WHERE updated_on >= ?1 GROUP BY 1, 2 ORDER BY 1, 2`;

/** A Launch may have ended twice, when a lost one came back: the first time counts (format §2.3). */
const countOfLaunches = `
SELECT substr(ended, 1, ?2) AS period, state, count(*) AS count FROM (
  SELECT state, (SELECT min(entry.value ->> 'createdOn') FROM json_each(launches.history) AS entry
    WHERE entry.value ->> 'state' IN ('COMPLETED', 'FIZZLED')) AS ended
  FROM launches WHERE ?3 IS NULL OR launch_id IN (SELECT value FROM json_each(?3)))
WHERE ended >= ?1 GROUP BY 1, 2 ORDER BY 1, 2`;

function tally(entries: [period: string, state: string][]): PeriodCount[] {
  const counts = new Map<string, PeriodCount>();
  for (const [period, state] of entries.sort()) {
    const known = counts.get(`${period} ${state}`);
    if (known) known.count += 1;
    else counts.set(`${period} ${state}`, { period, state, count: 1 });
  }
  return [...counts.values()];
}
