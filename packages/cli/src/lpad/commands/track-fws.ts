import type { FoundFirework } from '@skyrocket/contract/questions';
import { integer, texts } from '../../command-line/option.ts';
import { printText } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';
import { fireworkQuestion, refuseUnknownIds } from '../selection.ts';
import { fireworkSelection } from '../selection-options.ts';

const include = texts('-c --include', 'FILENAME', { describe: 'only these tracked files', arity: 'some' });
const exclude = texts('-x --exclude', 'FILENAME', { describe: 'not these tracked files', arity: 'some' });
const limit = integer('-m --max', 'N', { describe: 'at most so many Fireworks; 0: all', fallback: 0 });

export const command: LpadCommand = {
  options: [...Object.values(fireworkSelection), include, exclude, limit],
  async run(line, context) {
    const question = await fireworkQuestion(line);
    const launchpad = await context.launchpad();
    if (question.fwIds) await refuseUnknownIds(launchpad, question.fwIds);
    const [wanted, unwanted] = [line.value(include), line.value(exclude) ?? []];
    const shows = (name: string) => (wanted?.includes(name) ?? true) && !unwanted.includes(name);
    const { fireworks } = await launchpad.findFireworks({
      ...question,
      limit: line.value(limit),
      fields: 'launches',
    });
    const texts = fireworks.map((firework) => trackedText(firework, shows)).filter((text) => text !== '');
    if (texts.length > 0) printText(`${texts.join('\n>------<\n')}\n`);
    else context.log.info('no Firework that matches has a tracked file');
    return 0;
  },
};

/** What FireWorks prints of one Firework; empty when none of its files is shown. */
function trackedText(firework: FoundFirework, shows: (filename: string) => boolean): string {
  const files = firework.launchRecords.flatMap((launch) =>
    launch.trackers
      .filter((tracker) => shows(tracker.filename))
      .map((tracker) =>
        [`## Launch id: ${launch.launchId}`, `### Filename: ${tracker.filename}`, tracker.content ?? ''].join(
          '\n',
        ),
      ),
  );
  return files.length === 0
    ? ''
    : [`# FW id: ${firework.fwId}, FW name='${firework.name}'`, ...files].join('\n');
}
