import { text } from '../../command-line/option.ts';
import type { LpadCommand } from '../context.ts';
import { displayFormat, displayOptions, orderAndLimit } from '../display-options.ts';
import { fireworkFields } from '../firework-display.ts';
import { printFireworks } from '../print-fireworks.ts';
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
    const found = await launchpad.findFireworks({
      ...question,
      ...orderAndLimit(line),
      ...(reservationId !== null && { reservationId }),
      fields: fireworkFields(format),
    });
    await printFireworks(found, format, context.output);
    if (question.fwIds && found.count < question.fwIds.length)
      await refuseUnknownIds(launchpad, question.fwIds);
    return 0;
  },
};
