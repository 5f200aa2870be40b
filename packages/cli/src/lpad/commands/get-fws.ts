import type { FoundFirework } from '@skyrocket/contract/launchpad';
import type { CommandLine } from '../../command-line/command-line.ts';
import { text } from '../../command-line/option.ts';
import { bareIfOne, printDocument, printText } from '../../output/output.ts';
import type { LpadCommand, LpadContext } from '../context.ts';
import { displayFormat, displayOptions, orderAndLimit } from '../display-options.ts';
import { fireworkDisplay, fireworkFields } from '../firework-display.ts';
import { fireworkQuestion, refuseUnknownIds } from '../selection.ts';
import { fireworkSelection } from '../selection-options.ts';

const reservation = text('--qid', 'ID', 'reserved by this job of the batch system');

export const command: LpadCommand = {
  options: [...Object.values(fireworkSelection), reservation, ...Object.values(displayOptions)],
  async run(line, context) {
    const question = await fireworkQuestion(line);
    const format = displayFormat(line);
    const launchpad = await context.launchpad();
    const reservationId = line.value(reservation);
    const { count, fireworks } = await launchpad.findFireworks({
      ...question,
      ...orderAndLimit(line),
      ...(reservationId !== null && { reservationId }),
      fields: fireworkFields(format),
    });
    if (format === 'count') await printDocument(count, context.output);
    else await printFireworks(fireworks, line, context);
    if (question.fwIds && count < question.fwIds.length) await refuseUnknownIds(launchpad, question.fwIds);
    return 0;
  },
};

async function printFireworks(
  fireworks: FoundFirework[],
  line: CommandLine,
  { output }: LpadContext,
): Promise<void> {
  const format = displayFormat(line);
  if (output === 'table' && (format === 'less' || format === 'more')) {
    const { fireworkTable } = await import('../firework-table.ts');
    return printText(fireworkTable(fireworks, format));
  }
  const shown = fireworks.map((firework) =>
    format === 'ids' ? firework.fwId : fireworkDisplay(firework, format),
  );
  return printDocument(bareIfOne(shown), output);
}
