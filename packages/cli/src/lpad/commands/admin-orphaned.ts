import { randomUUID } from 'node:crypto';
import { flag, text } from '../../command-line/option.ts';
import { confirmMany } from '../confirmation.ts';
import type { LpadCommand } from '../context.ts';
import { displayFormat, displayOptions, orderAndLimit } from '../display-options.ts';
import { fireworkFields } from '../firework-display.ts';
import { removeLaunchDirectories } from '../launch-directories.ts';
import { printFireworks } from '../print-fireworks.ts';
import { fireworkQuestion } from '../selection.ts';
import { fireworkSelection, password } from '../selection-options.ts';
import { idsText } from '../tell-decision.ts';

const reservation = text('--qid', 'ID', 'reserved by this job of the batch system');
const remove = flag('--remove', 'delete them, with their Launches');
const launchDirectories = flag('--ldirs', 'with --remove: also remove their launch directories');

export const command: LpadCommand = {
  options: [
    ...Object.values(fireworkSelection),
    ...[reservation, password, remove, launchDirectories],
    ...Object.values(displayOptions),
  ],
  async run(line, context) {
    const { fwIds: asked, ...question } = await fireworkQuestion(line);
    const launchpad = await context.launchpad();
    const { fwIds: orphans } = await launchpad.findOrphans();
    const wanted = asked && new Set(asked);
    const reservationId = line.value(reservation);
    const format = displayFormat(line);
    const found = await launchpad.findFireworks({
      ...question,
      ...orderAndLimit(line),
      ...(reservationId !== null && { reservationId }),
      fwIds: wanted ? orphans.filter((id) => wanted.has(id)) : orphans,
      fields: line.value(remove) ? 'ids' : fireworkFields(format),
    });
    if (!line.value(remove)) {
      await printFireworks(found, format, context.output);
      return 0;
    }
    await confirmMany({
      count: found.count,
      what: 'Fireworks',
      password: line.value(password),
      changesWithoutPassword: context.config.changesWithoutPassword,
    });
    const fwIds = found.fireworks.map(({ fwId }) => fwId);
    const deleted = await launchpad.deleteOrphans({ key: randomUUID(), fwIds });
    context.log.info(`Deleted Fireworks that belong to no Workflow: ${idsText(deleted.fwIds) || 'none'}`);
    if (line.value(launchDirectories)) await removeLaunchDirectories(deleted.launchDirs, context);
    return 0;
  },
};
