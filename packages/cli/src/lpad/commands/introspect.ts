import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { float, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { integer } from '../../command-line/option.ts';
import { type OutputFormat, printDocument, printText } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';
import { featuresOfFirework, featuresOfWorkflow } from '../features.ts';

const most = integer('-m --max', 'N', {
  describe: 'compare so many of the latest FIZZLED with as many of the latest COMPLETED',
  fallback: 100,
  minimum: 1,
});
const threshold = integer('-t --threshold', 'PERCENT', {
  describe: 'show what at least so much more of the ones have than of the others',
  fallback: 10,
  minimum: 0,
});

/** What FIZZLED and COMPLETED entries do not have in common: a guess at why they fizzled. */
export const command: LpadCommand = {
  options: [most, threshold],
  async run(line, { launchpad, output }) {
    const limit = line.value(most);
    const target = await launchpad();
    const kinds = { fws: latestFireworks, wflows: latestWorkflows };
    const differences: Difference[] = [];
    for (const [collection, latest] of Object.entries(kinds)) {
      const fizzled = await latest(target, 'FIZZLED', limit);
      const completed = await latest(target, 'COMPLETED', limit);
      differences.push(...compare(collection, fizzled, completed));
    }
    await print(
      differences.filter(({ difference }) => Math.abs(difference) >= line.value(threshold)),
      output,
    );
    return 0;
  },
};

type Outcome = 'FIZZLED' | 'COMPLETED';

const newestFirst = { field: 'updated_on', direction: 'descending' } as const;

async function latestFireworks(launchpad: LaunchPad, state: Outcome, limit: number): Promise<Set<string>[]> {
  const filter: UserMap = new Map([['state', state]]);
  const { fireworks } = await launchpad.findFireworks({ filter, sort: newestFirst, limit, fields: 'all' });
  return fireworks.map(featuresOfFirework);
}

async function latestWorkflows(launchpad: LaunchPad, state: Outcome, limit: number): Promise<Set<string>[]> {
  const filter: UserMap = new Map([['state', state]]);
  const request = { filter, sort: newestFirst, limit, fields: 'summary' } as const;
  const { workflows } = await launchpad.findWorkflows(request);
  return workflows.map(featuresOfWorkflow);
}

interface Difference {
  collection: string;
  feature: string;
  /** Percent of each that have it. */
  fizzled: number;
  completed: number;
  difference: number;
}

/** Without any of one kind there is nothing to compare with. */
function compare(collection: string, fizzled: Set<string>[], completed: Set<string>[]): Difference[] {
  if (fizzled.length === 0 || completed.length === 0) return [];
  const [inFizzled, inCompleted] = [shares(fizzled), shares(completed)];
  return [...new Set([...inFizzled.keys(), ...inCompleted.keys()])]
    .map((feature) => {
      const [bad, good] = [inFizzled.get(feature) ?? 0, inCompleted.get(feature) ?? 0];
      return { collection, feature, fizzled: bad, completed: good, difference: bad - good };
    })
    .sort((a, b) => b.difference - a.difference || (a.feature < b.feature ? -1 : 1));
}

function shares(entries: Set<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const features of entries) {
    for (const feature of features) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  }
  return new Map([...counts].map(([feature, count]) => [feature, (100 * count) / entries.length]));
}

async function print(differences: Difference[], output: OutputFormat): Promise<void> {
  if (output !== 'table') {
    const documents = differences.map(
      ({ collection, feature, fizzled, completed, difference }): UserMap =>
        new Map<string, UserValue>([
          ['collection', collection],
          ['feature', feature],
          ['fizzled_percent', float(fizzled)],
          ['completed_percent', float(completed)],
          ['difference', float(difference)],
        ]),
    );
    return printDocument(documents, output);
  }
  if (differences.length === 0) return printText('nothing differs by so much\n');
  const { standardOutputPlace, tableText } = await import('../../output/table.ts');
  const percent = (value: number) => `${value.toFixed(0)}%`;
  const columns = [
    { title: 'OF' },
    { title: 'FEATURE', flexible: true as const },
    ...['FIZZLED', 'COMPLETED', 'DIFFERENCE'].map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = differences.map(({ collection, feature, fizzled, completed, difference }) => [
    collection,
    feature,
    ...[fizzled, completed, difference].map(percent),
  ]);
  printText(tableText(columns, rows, standardOutputPlace()));
}
