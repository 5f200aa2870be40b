import type { PeriodCount } from '@skyrocket/contract/maintenance';
import { periodBeginning } from '@skyrocket/contract/periods';
import { STATES } from '@skyrocket/model/states';
import { timestamp } from '@skyrocket/model/timestamp';
import { float, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { choice, integer, text } from '../../command-line/option.ts';
import { type OutputFormat, printDocument, printText } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';
import { filterOf } from '../selection.ts';

const periods = ['minutes', 'hours', 'days', 'months', 'years'] as const;

const collection = choice('-c --collection', ['fws', 'wflows', 'launches'], 'what is counted (default: fws)');
const interval = choice('-i --interval', periods, 'the periods (default: days)');
const intervals = integer('-n --num_intervals', 'N', {
  describe: 'how many periods',
  fallback: 5,
  minimum: 1,
});
const query = text('-q --query', 'QUERY', 'only those that match this MongoDB filter');

/** The latest period comes first, as from FireWorks. Periods are those of UTC. */
export const command: LpadCommand = {
  options: [collection, interval, intervals, query],
  async run(line, { launchpad, output }) {
    const period = line.value(interval) ?? 'days';
    const filter = await filterOf({ state: null, query: line.value(query) });
    const { counts } = await (await launchpad()).countByPeriod({
      collection: line.value(collection) ?? 'fws',
      period,
      since: timestamp(periodBeginning(period, new Date(), 1 - line.value(intervals))),
      ...(filter && { filter }),
    });
    await print(reportRows(counts), output);
    return 0;
  },
};

interface ReportRow {
  period: string;
  states: Map<string, number>;
  total: number;
  /** COMPLETED among what is COMPLETED or FIZZLED, in percent; null without any. */
  completed: number | null;
}

function reportRows(counts: PeriodCount[]): ReportRow[] {
  const rows = new Map<string, Map<string, number>>();
  for (const { period, state, count } of counts) {
    const states = rows.get(period) ?? new Map<string, number>();
    rows.set(period, states.set(state, count));
  }
  return [...rows]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([period, states]) => {
      const [done, failed] = [states.get('COMPLETED') ?? 0, states.get('FIZZLED') ?? 0];
      return {
        period,
        states: new Map(
          STATES.flatMap((state) => (states.has(state) ? [[state, states.get(state) ?? 0]] : [])),
        ),
        total: [...states.values()].reduce((sum, count) => sum + count, 0),
        completed: done + failed === 0 ? null : (100 * done) / (done + failed),
      };
    });
}

async function print(rows: ReportRow[], output: OutputFormat): Promise<void> {
  if (output !== 'table') return printDocument(rows.map(rowDocument), output);
  if (rows.length === 0) return printText('nothing has changed in this time\n');
  const { standardOutputPlace, tableText } = await import('../../output/table.ts');
  const shown = STATES.filter((state) => rows.some((row) => row.states.has(state)));
  const columns = [
    { title: 'PERIOD' },
    ...shown.map((title) => ({ title, align: 'right' as const })),
    { title: 'TOTAL', align: 'right' as const },
    { title: 'C/(C+F)', align: 'right' as const },
  ];
  const cells = rows.map(({ period, states, total, completed }) => [
    period,
    ...shown.map((state) => String(states.get(state) ?? 0)),
    String(total),
    completed === null ? '' : `${completed.toFixed(1)}%`,
  ]);
  printText(tableText(columns, cells, standardOutputPlace()));
}

function rowDocument({ period, states, total, completed }: ReportRow): UserMap {
  return new Map<string, UserValue>([
    ['period', period],
    ['states', new Map<string, UserValue>(states)],
    ['total', total],
    ['completed_percent', completed === null ? null : float(completed)],
  ]);
}
