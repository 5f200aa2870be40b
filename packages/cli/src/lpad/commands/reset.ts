import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { SkyrocketError } from '@skyrocket/model/errors';
import { text } from '../../command-line/option.ts';
import { ask, canAsk } from '../../output/prompt.ts';
import { checkPassword, today } from '../confirmation.ts';
import type { LpadCommand } from '../context.ts';

const password = text('--password', 'YYYY-MM-DD', "today's date: empty the launchpad without a question");

export const command: LpadCommand = {
  options: [password],
  async run(line, context) {
    const given = line.value(password);
    if (given !== null) checkPassword(given);
    const launchpad = await context.launchpad();
    const { location } = await launchpad.identity();
    if (given === null) await confirmByName(location);
    await launchpad.reset({ key: randomUUID() });
    context.log.info(`The launchpad ${location} is empty now`);
    return 0;
  },
};

/** @throws SkyrocketError NOT_ALLOWED unless somebody types the launchpad's name */
async function confirmByName(location: string): Promise<void> {
  const name = basename(location);
  if (!canAsk()) {
    throw new SkyrocketError(
      'NOT_ALLOWED',
      `the launchpad ${location} is emptied only with --password, which is today's date: --password ${today()}`,
    );
  }
  const answer = await ask(
    `Every Workflow, Firework and Launch in ${location} will be gone. Type its name (${name}) to do it: `,
  );
  if (answer !== name) throw new SkyrocketError('NOT_ALLOWED', 'that is not its name; nothing was changed');
}
