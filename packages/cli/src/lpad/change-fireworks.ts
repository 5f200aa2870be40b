import { randomUUID } from 'node:crypto';
import type { UserDecision } from '@skyrocket/contract/decisions';
import type { OnFireworks } from '@skyrocket/contract/keyed';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { FwId } from '@skyrocket/model/ids';
import type { CommandLine } from '../command-line/command-line.ts';
import { confirmMany } from './confirmation.ts';
import type { LpadCommand, LpadContext } from './context.ts';
import { fireworkQuestion, refuseEverything, refuseUnknownIds } from './selection.ts';
import { fireworkSelection, password } from './selection-options.ts';
import { tellDecision } from './tell-decision.ts';

/** The options of every command that changes Fireworks. */
export const changeOptions = [...Object.values(fireworkSelection), password];

export interface FireworkChange {
  /** What is done, for the log: `pausing`. */
  doing: string;
  decide(launchpad: LaunchPad, request: OnFireworks): Promise<UserDecision>;
}

/** A command that changes the selected Fireworks and takes no other option. */
export function fireworkCommand(change: FireworkChange): LpadCommand {
  return { options: changeOptions, run: (line, context) => changeFireworks(line, context, change) };
}

/** Changes the selected Fireworks; those that cannot be changed are told as warnings. */
export async function changeFireworks(
  line: CommandLine,
  context: LpadContext,
  change: FireworkChange,
): Promise<number> {
  const fwIds = await fireworksToChange(line, context);
  if (fwIds.length === 0) {
    context.log.info('no Firework matches; nothing was changed');
    return 0;
  }
  const decision = await change.decide(await context.launchpad(), { key: randomUUID(), fwIds });
  tellDecision(decision, change.doing, context.log);
  return 0;
}

/** The selected Fireworks, when there are few or the change of many was confirmed. */
export async function fireworksToChange(line: CommandLine, context: LpadContext): Promise<FwId[]> {
  const question = await fireworkQuestion(line);
  refuseEverything(question, 'Fireworks');
  const launchpad = await context.launchpad();
  if (question.fwIds) await refuseUnknownIds(launchpad, question.fwIds);
  const { fireworks } = await launchpad.findFireworks({ ...question, fields: 'ids' });
  await confirmMany({
    count: fireworks.length,
    what: 'Fireworks',
    password: line.value(password),
    changesWithoutPassword: context.config.changesWithoutPassword,
  });
  return fireworks.map((firework) => firework.fwId);
}
