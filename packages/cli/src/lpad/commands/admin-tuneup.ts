import { randomUUID } from 'node:crypto';
import { flag } from '../../command-line/option.ts';
import type { LpadCommand } from '../context.ts';

const full = flag('--full', 'also give unused space back; others may have to wait meanwhile');

export const command: LpadCommand = {
  options: [full],
  async run(line, { launchpad, log }) {
    const extent = line.value(full) ? 'full' : 'indexes';
    const { done } = await (await launchpad()).tuneUp({ key: randomUUID(), extent });
    for (const sentence of done) log.info(sentence);
    return 0;
  },
};
