import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { FindFireworks, FindWorkflows } from '@skyrocket/contract/questions';
import { SkyrocketError } from '@skyrocket/model/errors';
import { type FwId, fwId } from '@skyrocket/model/ids';
import type { UserMap } from '@skyrocket/model/user-data';
import type { CommandLine } from '../command-line/command-line.ts';
import { usageError } from '../command-line/usage-error.ts';
import { fireworkSelection, workflowSelection } from './selection-options.ts';

export type FireworkQuestion = Pick<FindFireworks, 'fwIds' | 'filter' | 'launchFilter'>;
export type WorkflowQuestion = Pick<FindWorkflows, 'fwIds' | 'filter'>;

/** What the selection options ask for; nothing given asks for everything. @throws SkyrocketError BAD_QUERY, BAD_USAGE */
export async function fireworkQuestion(line: CommandLine): Promise<FireworkQuestion> {
  const { name, state, query, launchesMode, fwIds } = fireworkSelection;
  const ids = idsOf(line.value(fwIds));
  const filters = { state: line.value(state), query: line.value(query) };
  if (!line.value(launchesMode)) {
    const filter = await filterOf({ ...filters, name: line.value(name) });
    return { ...ids, ...(filter && { filter }) };
  }
  if (line.has(name))
    throw usageError('-n/--name has no meaning with -lm/--launches_mode: Launches have no name');
  const launchFilter = await filterOf(filters);
  return { ...ids, ...(launchFilter && { launchFilter }) };
}

/** As {@link fireworkQuestion}, for Workflows. */
export async function workflowQuestion(line: CommandLine): Promise<WorkflowQuestion> {
  const { name, state, query, fwIds } = workflowSelection;
  const filter = await filterOf({
    name: line.value(name),
    state: line.value(state),
    query: line.value(query),
  });
  return { ...idsOf(line.value(fwIds)), ...(filter && { filter }) };
}

/** What options ask for, as they were given; null is not given. */
export interface Filters {
  name?: string | null;
  state: string | null;
  query: string | null;
  /** Another filter. */
  more?: UserMap | null;
}

/** One filter that asks for all of these; null when nothing was given. @throws SkyrocketError BAD_QUERY */
export async function filterOf({ name = null, state, query, more = null }: Filters): Promise<UserMap | null> {
  return allOf([equals('name', name), equals('state', state), await readQuery(query), more]);
}

function idsOf(numbers: number[] | null): { fwIds?: FwId[] } {
  return numbers === null ? {} : { fwIds: [...new Set(numbers)].map(fwId) };
}

const equals = (key: string, value: string | null): UserMap | null =>
  value === null ? null : new Map([[key, value]]);

/** YAML, which a query may be, is loaded only for a query. */
async function readQuery(text: string | null): Promise<UserMap | null> {
  if (text === null) return null;
  const { readUserQuery } = await import('@skyrocket/model/user-query');
  return readUserQuery(text);
}

/** Filters joined by "and"; null when there is none. A key that two of them have must not be lost. */
function allOf(filters: (UserMap | null)[]): UserMap | null {
  const given = filters.filter((filter) => filter !== null);
  if (given.length === 0) return null;
  const merged: UserMap = new Map(given.flatMap((filter) => [...filter]));
  const keys = given.reduce((sum, filter) => sum + filter.size, 0);
  return merged.size === keys ? merged : new Map([['$and', given]]);
}

/** @throws SkyrocketError BAD_USAGE when a command that changes something was not told what */
export function refuseEverything(question: FireworkQuestion, what: 'Fireworks' | 'Workflows'): void {
  if (Object.keys(question).length > 0) return;
  throw usageError(`which ${what}? select them with -i, -n, -s or -q (-q '{}' means all)`);
}

/** @throws SkyrocketError NOT_FOUND naming those of these ids that no Firework has */
export async function refuseUnknownIds(launchpad: LaunchPad, fwIds: readonly FwId[]): Promise<void> {
  const { fireworks } = await launchpad.findFireworks({ fwIds: [...fwIds], fields: 'ids' });
  const found = new Set(fireworks.map((firework) => firework.fwId));
  const unknown = fwIds.filter((id) => !found.has(id));
  if (unknown.length === 0) return;
  const { location } = await launchpad.identity();
  throw new SkyrocketError(
    'NOT_FOUND',
    `there is no Firework with the fw_id ${unknown.join(', ')} in the launchpad ${location}`,
  );
}
