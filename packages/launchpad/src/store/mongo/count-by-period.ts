import {
  type CountByPeriod,
  type Period,
  type PeriodCount,
  periodLength,
} from '@skyrocket/contract/maintenance';
import { periodBeginning } from '@skyrocket/contract/periods';
import { STATES, type State } from '@skyrocket/model/states';
import { epochMilliseconds, type Timestamp } from '@skyrocket/model/timestamp';
import type { Collection, Document, Filter } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { dateOf, integerOf } from './documents.ts';
import { userFilter } from './raw-documents.ts';

/**
 * Without a filter, one period after another is counted in an index of states and moments, which takes a tenth of the time
 * that reading the entries takes. What a filter asks for stands in the entries.
 */
export async function countByPeriod(
  connection: MongoConnection,
  request: CountByPeriod,
): Promise<PeriodCount[]> {
  const place = places(connection)[request.collection];
  if (request.filter || spansMany(request, connection.now())) return groupEntries(place, request);
  return countInIndex(place, request);
}

interface Place {
  entries: Collection;
  /** The moment that counts. */
  field: string;
}

const places = ({ fireworks, workflows, launches }: MongoConnection) => ({
  fws: { entries: fireworks, field: 'updated_on' },
  wflows: { entries: workflows, field: 'updated_on' },
  launches: { entries: launches, field: 'time_end' },
});

/** From here on reading all entries once takes less than asking for each period. */
const manyPeriods = 200;

const spansMany = ({ period, since }: CountByPeriod, now: Timestamp) =>
  epochMilliseconds(since) <= periodBeginning(period, new Date(epochMilliseconds(now)), -manyPeriods);

async function countInIndex(place: Place, { period, since }: CountByPeriod): Promise<PeriodCount[]> {
  const counts = new Map<string, PeriodCount>();
  for (const state of STATES) {
    for (const kind of [texts, dates]) {
      for await (const found of periodsOf(place, { state, period, since, kind })) {
        const key = `${found.period} ${state}`;
        counts.set(key, { ...found, count: found.count + (counts.get(key)?.count ?? 0) });
      }
    }
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}

/** The periods that have entries, one after another. */
async function* periodsOf(
  { entries, field }: Place,
  { state, period, since, kind }: { state: State; period: Period; since: Timestamp; kind: Kind },
): AsyncGenerator<PeriodCount> {
  const first = { sort: { [field]: 1 }, projection: { _id: 0, [field]: 1 } } as const;
  let from: Filter<Document> = { $gte: kind.beginning(since) };
  for (;;) {
    const found = await entries.findOne({ state, [field]: from }, first);
    if (!found) return;
    const { name, last } = kind.periodOf(period, found[field]);
    const count = await entries.countDocuments({ state, [field]: { ...from, $lte: last } });
    yield { period: name, state, count };
    from = { $gt: last };
  }
}

/** Moments are texts in some documents and Dates in others (format §2), which an index keeps apart. */
interface Kind {
  beginning(since: Timestamp): unknown;
  /** The period of a moment: its name, and the last moment that it may hold. */
  periodOf(period: Period, moment: unknown): { name: string; last: unknown };
}

const texts: Kind = {
  beginning: (since) => since,
  periodOf(period, moment) {
    const name = String(moment).slice(0, periodLength[period]);
    return { name, last: `${name}${greatestCharacter}` };
  },
};

const greatestCharacter = '\u{10ffff}';

const dates: Kind = {
  beginning: dateOf,
  periodOf(period, moment) {
    const date = moment instanceof Date ? moment : new Date(0);
    return {
      name: date.toISOString().slice(0, periodLength[period]),
      last: new Date(periodBeginning(period, date, 1) - 1),
    };
  },
};

async function groupEntries(
  { entries, field }: Place,
  { period, since, filter }: CountByPeriod,
): Promise<PeriodCount[]> {
  const found = entries.aggregate([
    { $match: { $and: [notBefore(field, since), ...(filter ? [userFilter(filter)] : [])] } },
    {
      $group: {
        _id: { period: { $substrBytes: [asText(`$${field}`), 0, periodLength[period]] }, state: '$state' },
        count: { $sum: 1 },
      },
    },
    { $sort: { _id: 1 } },
  ]);
  const counts: PeriodCount[] = [];
  for await (const { _id, count } of found) {
    counts.push({ period: String(_id.period), state: String(_id.state), count: integerOf(count) });
  }
  return counts;
}

const notBefore = (field: string, since: Timestamp): Filter<Document> => ({
  $or: [{ [field]: { $gte: since } }, { [field]: { $gte: dateOf(since) } }],
});

const asText = (field: string) => ({
  $cond: [{ $eq: [{ $type: field }, 'date'] }, { $dateToString: { date: field } }, field],
});
