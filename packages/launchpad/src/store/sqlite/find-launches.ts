import { type LaunchId, launchId } from '@skyrocket/model/ids';
import { storedLaunchDocument } from '@skyrocket/model/launch-document';
import type { UserMap } from '@skyrocket/model/user-data';
import { documentMatcher } from '../document-query.ts';
import type { Connection } from './connection.ts';
import { type FilterColumns, splitFilter, whereClause } from './filter-to-sql.ts';
import { type LaunchRow, launchReader, selectLaunches } from './launch-rows.ts';

const columns: FilterColumns = new Map([
  ['launch_id', { column: 'launch_id', kind: 'integer' }],
  ['fw_id', { column: 'fw_id', kind: 'integer' }],
  ['state', { column: 'state', kind: 'text' }],
  ['host', { column: 'host', kind: 'text' }],
  ['launch_dir', { column: 'launch_dir', kind: 'text' }],
]);

/** A search for Launches, with its filter compiled. */
export interface LaunchSearch {
  launchIds(database: Connection): LaunchId[];
}

export async function planLaunchSearch(filter: UserMap): Promise<LaunchSearch> {
  const { conditions, rest } = splitFilter(filter, columns);
  const match = rest.size > 0 ? await documentMatcher(rest) : null;
  const where = whereClause(conditions);
  return {
    launchIds: (database) => {
      if (!match) {
        const rows = database.all<{ launch_id: LaunchId }>(
          `SELECT launch_id FROM launches ${where.sql}`,
          ...where.values,
        );
        return rows.map((row) => launchId(row.launch_id));
      }
      const read = launchReader();
      const found: LaunchId[] = [];
      for (const row of database.each<LaunchRow>(`${selectLaunches} ${where.sql}`, ...where.values)) {
        const launch = read(row);
        if (match(storedLaunchDocument(launch))) found.push(launch.launchId);
      }
      return found;
    },
  };
}
