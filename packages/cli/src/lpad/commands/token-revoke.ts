import { randomUUID } from 'node:crypto';
import { words } from '../../command-line/option.ts';
import type { LpadCommand } from '../context.ts';

const tokens = words('TOKEN', { describe: 'names of tokens, as lpad token list shows them', arity: 'some' });

export const command: LpadCommand = {
  options: [],
  positionals: [tokens],
  async run(line, { log, launchpad }) {
    const opened = await launchpad();
    for (const tokenId of line.value(tokens)) {
      await opened.revokeToken({ key: randomUUID(), tokenId });
      log.info(`Token ${tokenId} opens nothing any more`);
    }
    return 0;
  },
};
