import { changedHistory } from '@skyrocket/model/apply-change';
import type { LaunchChange } from '@skyrocket/model/change';
import type { LaunchId } from '@skyrocket/model/ids';
import type { HistoryEntry } from '@skyrocket/model/records';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { grouped } from './grouped.ts';
import { actionColumn, trackersColumn } from './launch-columns.ts';
import { historyColumn, readHistory } from './launch-history.ts';

/** The last value holds histories by Launch; null keeps that of a Launch. */
const updateLaunches = `
UPDATE launches SET state = coalesce(?, state), trackers = coalesce(?, trackers),
  launch_dir = coalesce(?, launch_dir), action = CASE WHEN ? THEN ? ELSE action END, history = coalesce(value, history)
FROM json_each(?) WHERE launch_id = key`;

/** What is written of a Launch: columns, null where they stay as they are. */
interface LaunchUpdate {
  id: LaunchId;
  state: string | null;
  trackers: string | null;
  launchDir: string | null;
  /** Null may also be what is written. */
  action: string | null;
  writesAction: boolean;
  history: string | null;
}

/** Writes changes of Launches; what many have in common, as an empty action, is written at once. */
export function writeLaunchChanges(
  database: Connection,
  changes: ReadonlyMap<LaunchId, LaunchChange>,
  histories: ReadonlyMap<LaunchId, string>,
): void {
  const read = rememberingReader();
  const updates = [...changes].map(([id, change]) => {
    const history = histories.get(id);
    return launchUpdate(id, change, history === undefined ? null : read(history));
  });
  for (const alike of grouped(updates, common).values()) write(database, alike);
}

/** Launches that were started together have the same history. */
function rememberingReader(): (column: string) => HistoryEntry[] {
  const known = new Map<string, HistoryEntry[]>();
  return (column) => {
    const history = known.get(column) ?? readHistory(column);
    known.set(column, history);
    return history;
  };
}

function launchUpdate(id: LaunchId, change: LaunchChange, history: HistoryEntry[] | null): LaunchUpdate {
  const { state, trackers, launchDir, action } = change;
  return {
    id,
    state: state ?? null,
    trackers: trackers ? trackersColumn(trackers) : null,
    launchDir: launchDir === undefined ? null : toColumn(launchDir),
    action: actionColumn(action ?? null),
    writesAction: action !== undefined,
    history: history && historyColumn(changedHistory(history, change)),
  };
}

function common({ state, trackers, launchDir, action, writesAction }: LaunchUpdate): string {
  return JSON.stringify([state, trackers, launchDir, writesAction]) + action;
}

function write(database: Connection, alike: LaunchUpdate[]): void {
  const [first] = alike;
  if (!first) return;
  const { state, trackers, launchDir, action, writesAction } = first;
  const values = [state, trackers, launchDir, Number(writesAction), action];
  for (const histories of joined(alike.map(({ id, history }) => `"${id}":${history}`))) {
    database.run(updateLaunches, ...values, `{${histories}}`);
  }
}

/** Checkpoints in histories may be long: so much goes into one statement, unless one alone is longer. */
const mostCharacters = 1_000_000;

function* joined(members: string[]): Generator<string> {
  let text = '';
  for (const member of members) {
    if (text !== '' && text.length + member.length > mostCharacters) {
      yield text;
      text = '';
    }
    text += text === '' ? member : `,${member}`;
  }
  if (text !== '') yield text;
}
