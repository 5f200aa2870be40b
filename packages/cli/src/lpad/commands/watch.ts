import type { FoundWorkflow } from '@skyrocket/contract/questions';
import { fwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import { integerList } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import { printText } from '../../output/output.ts';
import { paintStates } from '../../output/state-colours.ts';
import { type Column, standardOutputPlace, tableText } from '../../output/table.ts';
import type { LpadCommand } from '../context.ts';
import { countsText, exitCodeOf, followWorkflows, type Standing } from '../following.ts';

const fwIds = integerList('-i --fw_id', 'FW_ID[,FW_ID...]', 'the Workflows that hold these fw_ids (needed)');

export const command: LpadCommand = {
  options: [fwIds],
  async run(line, { log, launchpad }) {
    const ids = line.value(fwIds);
    if (ids === null) throw usageError('lpad watch: say with -i which Workflows to watch');
    const until = new AbortController().signal;
    const show = process.stdout.isTTY ? liveTable() : lineForEachChange();
    let last: Standing | null = null;
    const request = { launchpad: await launchpad(), fwIds: [...new Set(ids)].map(fwId), log, until };
    for await (const standing of followWorkflows(request)) {
      show(standing);
      last = standing;
    }
    return exitCodeOf[last?.end ?? 'deleted'];
  },
};

/** Where nobody sees a table change: one line whenever something did. */
function lineForEachChange(): (standing: Standing) => void {
  let shown = '';
  return (standing) => {
    const text = `${progressBar(standing, 0)}\n`;
    if (text !== shown) printText(text);
    shown = text;
  };
}

/** A table that is drawn over the one before. */
function liveTable(): (standing: Standing) => void {
  let lines = 0;
  return (standing) => {
    // Some terminals say that they have no size.
    const [columns, rows] = [process.stdout.columns || 80, process.stdout.rows || 24];
    const bar = progressBar(standing, Math.min(40, columns - 50));
    // A line that wraps would be two when the table is drawn anew.
    const text = `${fireworksTable(standing, rows - 4)}${bar.slice(0, columns - 1)}\n`;
    printText(`${lines > 0 ? `\x1b[${lines}A` : ''}\x1b[J${text}`);
    lines = text.split('\n').length - 1;
  };
}

const columns: readonly Column[] = [
  { title: 'FW_ID', align: 'right' },
  { title: 'STATE', paint: paintStates },
  { title: 'NAME', flexible: true },
];

/** What moves, and what went wrong, stands first. */
const order: readonly State[] = [
  'RUNNING',
  'FIZZLED',
  'RESERVED',
  'READY',
  'PAUSED',
  'DEFUSED',
  'WAITING',
  'COMPLETED',
  'ARCHIVED',
];

/** As many Fireworks as fit; how many more there are is told. */
function fireworksTable({ workflows, total }: Standing, most: number): string {
  const rows = workflows.flatMap(rowsOf).sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const shown = rows.slice(0, Math.max(1, total > most ? most - 1 : most));
  const more = total > shown.length ? `and ${total - shown.length} more\n` : '';
  const cells = shown.map(({ id, state, name }) => [String(id), state, name]);
  return `${tableText(columns, cells, standardOutputPlace())}${more}`;
}

const rowsOf = ({ states, names }: FoundWorkflow) =>
  [...states].map(([id, state]) => ({ id, state, name: names.get(id) ?? '' }));

/** `[######----] 12 of 20: 12 COMPLETED, 3 RUNNING`; without a bar where it has no width. */
function progressBar(standing: Standing, width: number): string {
  const { counts, total } = standing;
  const done = (counts.get('COMPLETED') ?? 0) + (counts.get('ARCHIVED') ?? 0);
  const filled = total === 0 ? 0 : Math.floor((done / total) * width);
  const bar = width > 0 ? `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ` : '';
  return `${bar}${done} of ${total}: ${countsText(standing)}`;
}
