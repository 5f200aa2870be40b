import { changedHistory } from '@skyrocket/model/apply-change';
import type { LaunchChange } from '@skyrocket/model/change';
import { shortCheckpointText } from '@skyrocket/model/launch-document';
import type { HistoryEntry } from '@skyrocket/model/records';
import { type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import { historyColumn, readHistory } from './launch-history.ts';

/**
 * A history after a change. Launches that were started together, and ended by themselves, differ in one moment only: the
 * rest of the text is made, and given to the database, once for all of them.
 */
export interface ChangedHistory {
  /** The text of the column, with {@link place} where the moment stands. */
  template: string;
  moment: Timestamp | null;
}

/** JSON as we write it does not hold this character. */
const place = '\u0001';

/** The template of which the whole text is what is filled in. */
export const wholeHistory = place;

export const filledHistory = ({ template, moment }: ChangedHistory): string =>
  moment === null ? template : template.replaceAll(place, moment);

type HistoryChange = Pick<LaunchChange, 'ping' | 'began' | 'entry'>;

/** Changes histories as the model does. It remembers what it has read and made. */
export function historyChanger(): (column: string, change: HistoryChange) => ChangedHistory {
  const known = new Map<string, Before>();
  return (column, change) => {
    const before = known.get(column) ?? { column, history: readHistory(column), templates: new Map() };
    known.set(column, before);
    const moment = endOf(change);
    const checkpoint = change.ping?.checkpoint ? shortCheckpointText(change.ping.checkpoint) : '';
    if (moment === null || checkpoint.length > longCheckpoint || column.includes(standIn))
      return { template: textAfter(before, change), moment: null };
    const key = `${change.entry?.state} ${checkpoint}`;
    const template = before.templates.get(key) ?? templateAfter(before, change);
    before.templates.set(key, template);
    return { template, moment };
  };
}

/** Characters. Longer ones are hardly alike, and need not be kept. */
const longCheckpoint = 200;

interface Before {
  column: string;
  history: HistoryEntry[];
  /** By what changes of this history have in common. */
  templates: Map<string, string>;
}

/** The moment at which a Launch that was running ended; null when the change says anything else. */
function endOf({ ping, began, entry }: HistoryChange): Timestamp | null {
  if (!ping || !entry || began || entry.checkpoint || entry.updatedOn || entry.reservationId !== undefined)
    return null;
  return ping.updatedOn === entry.createdOn ? entry.createdOn : null;
}

const textAfter = ({ history }: Before, change: HistoryChange): string =>
  historyColumn(changedHistory(history, change));

/** Texts of users stand in it as texts inside a text, so that their quotes are written otherwise. */
function templateAfter(before: Before, { ping, entry }: HistoryChange): string {
  const text = textAfter(before, {
    ...(ping && { ping: { ...ping, updatedOn: standIn } }),
    ...(entry && { entry: { ...entry, createdOn: standIn } }),
  });
  return text.replaceAll(`"${standIn}"`, `"${place}"`);
}

/** Of the moment, while a template is made. */
const standIn = timestamp(0);
