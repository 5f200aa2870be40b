import type { FWorker } from './records.ts';
import { copyUserMap, type UserMap, type UserValue } from './user-data.ts';

/** The MongoDB filter, over the documents of format §2.1, of the Fireworks that a worker may claim: format §6. */
export function workerFilter(fworker: FWorker): UserMap {
  const filter = copyUserMap(fworker.query);
  const forThisWorker: UserValue = [
    new Map([['spec._fworker', new Map([['$exists', false]])]]),
    new Map([['spec._fworker', null]]),
    new Map([['spec._fworker', fworker.name]]),
  ];
  const ownOr = filter.get('$or');
  if (ownOr === undefined) {
    filter.set('$or', forThisWorker);
  } else {
    const ownAnd = filter.get('$and');
    filter.delete('$or');
    filter.set('$and', [
      ...(Array.isArray(ownAnd) ? ownAnd : []),
      new Map([['$or', ownOr]]),
      new Map([['$or', forThisWorker]]),
    ]);
  }
  const category = categoryCondition(fworker.category);
  if (category !== undefined) filter.set('spec._category', category);
  return filter;
}

/** What `spec._category` must be; undefined when anything will do. `__none__` means something only when it stands alone. */
function categoryCondition(category: string | string[]): UserValue | undefined {
  if (category.length === 0) return undefined;
  if (typeof category !== 'string') return new Map([['$in', [...category]]]);
  return category === '__none__' ? new Map([['$exists', false]]) : category;
}

/** Whether the filter of a worker without a query of its own lets it have a Firework with this spec. */
export function suitsWorker(spec: UserMap, { name, category }: Pick<FWorker, 'name' | 'category'>): boolean {
  const meantFor = spec.get('_fworker') ?? null;
  if (!equalsOrHolds(meantFor, null) && !equalsOrHolds(meantFor, name)) return false;
  if (category.length === 0) return true;
  const own = spec.get('_category');
  if (category === '__none__' || own === undefined) return category === '__none__' && own === undefined;
  return [category].flat().some((one) => equalsOrHolds(own, one));
}

/** As MongoDB compares. */
const equalsOrHolds = (value: UserValue, wanted: string | null): boolean =>
  value === wanted || (Array.isArray(value) && value.includes(wanted));
