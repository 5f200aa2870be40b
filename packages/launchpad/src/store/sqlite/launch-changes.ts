import type { LaunchChange } from '@skyrocket/model/change';
import type { LaunchId } from '@skyrocket/model/ids';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { grouped } from './grouped.ts';
import { type ChangedHistory, filledHistory, historyChanger, wholeHistory } from './history-templates.ts';
import { actionColumn, trackersColumn } from './launch-columns.ts';

/** The last value holds by Launch what stands in the places of the template; null keeps the history of a Launch. */
const updateLaunches = `
UPDATE launches SET state = coalesce(?, state), trackers = coalesce(?, trackers),
  launch_dir = coalesce(?, launch_dir), action = CASE WHEN ? THEN ? ELSE action END,
  history = coalesce(replace(?, char(1), value), history)
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
  history: ChangedHistory | null;
}

/** Writes changes of Launches; what many have in common, as an empty action, is written at once. */
export function writeLaunchChanges(
  database: Connection,
  changes: ReadonlyMap<LaunchId, LaunchChange>,
  histories: ReadonlyMap<LaunchId, string>,
): void {
  const changed = historyChanger();
  const updates = [...changes].map(([id, change]) => {
    const history = histories.get(id);
    return launchUpdate(id, change, history === undefined ? null : changed(history, change));
  });
  for (const alike of grouped(updates, common).values()) writeAlike(database, alike);
}

function launchUpdate(id: LaunchId, change: LaunchChange, history: ChangedHistory | null): LaunchUpdate {
  const { state, trackers, launchDir, action } = change;
  return {
    id,
    state: state ?? null,
    trackers: trackers ? trackersColumn(trackers) : null,
    launchDir: launchDir === undefined ? null : toColumn(launchDir),
    action: actionColumn(action ?? null),
    writesAction: action !== undefined,
    history,
  };
}

function common({ state, trackers, launchDir, action, writesAction }: LaunchUpdate): string {
  return JSON.stringify([state, trackers, launchDir, writesAction]) + action;
}

/** Histories that are alike are written by their template, all others as they are. */
function writeAlike(database: Connection, updates: LaunchUpdate[]): void {
  const others: LaunchUpdate[] = [];
  for (const [template, alike] of grouped(updates, ({ history }) => history?.template ?? null)) {
    if (template === null || alike.length === 1) others.push(...alike);
    else write(database, alike, { template, fill: ({ history }) => `"${history?.moment}"` });
  }
  write(database, others, {
    template: wholeHistory,
    fill: ({ history }) => (history ? filledHistory(history) : 'null'),
  });
}

interface Filling {
  template: string;
  /** In JSON. */
  fill(update: LaunchUpdate): string;
}

function write(database: Connection, alike: LaunchUpdate[], { template, fill }: Filling): void {
  const [first] = alike;
  if (!first) return;
  const { state, trackers, launchDir, action, writesAction } = first;
  const values = [state, trackers, launchDir, Number(writesAction), action, template];
  for (const fillings of joined(alike.map((update) => `"${update.id}":${fill(update)}`))) {
    database.run(updateLaunches, ...values, `{${fillings}}`);
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
