import { type CountByPeriod, type PeriodCount, periodLength } from '@skyrocket/contract/maintenance';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { Document, Filter } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { dateOf, integerOf } from './documents.ts';
import { userFilter } from './raw-documents.ts';

/** Counted by the server. Moments are texts in some documents and Dates in others (format §2). */
export async function countByPeriod(
  connection: MongoConnection,
  { collection, period, since, filter }: CountByPeriod,
): Promise<PeriodCount[]> {
  const { entries, field } = places(connection)[collection];
  const length = periodLength[period];
  const found = entries.aggregate([
    { $match: { $and: [notBefore(field, since), ...(filter ? [userFilter(filter)] : [])] } },
    {
      $group: {
        _id: { period: { $substrBytes: [asText(`$${field}`), 0, length] }, state: '$state' },
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

const places = ({ fireworks, workflows, launches }: MongoConnection) => ({
  fws: { entries: fireworks, field: 'updated_on' },
  wflows: { entries: workflows, field: 'updated_on' },
  launches: { entries: launches, field: 'time_end' },
});

const notBefore = (field: string, since: Timestamp): Filter<Document> => ({
  $or: [{ [field]: { $gte: since } }, { [field]: { $gte: dateOf(since) } }],
});

const asText = (field: string) => ({
  $cond: [{ $eq: [{ $type: field }, 'date'] }, { $dateToString: { date: field } }, field],
});
