import { parseWords, type Syntax } from '../command-line/command-line.ts';
import { helpText } from '../command-line/help.ts';
import { commonOptions } from '../program/common-options.ts';
import type { Program } from '../program/run-program.ts';
import { printText, textColumns, versionText } from '../program/subcommand.ts';
import { beginWorker, programOptions } from './context.ts';
import { jobs, multiLineOptions, runMulti } from './multi.ts';

const syntax: Syntax = {
  name: 'mlaunch',
  options: [...programOptions, ...multiLineOptions],
  positionals: [jobs],
};

/** `rlaunch multi` as a program of its own. */
export const mlaunch: Program = { name: 'mlaunch', run };

async function run(words: readonly string[]): Promise<number> {
  const leading = parseWords({ ...syntax, positionals: [] }, words);
  if (leading.line.has(commonOptions.version)) return printText(versionText('mlaunch'));
  const help = leading.help || words.length === 0;
  const parsed = help ? null : parseWords(syntax, words);
  if (parsed === null || parsed.help) {
    const describe = 'Runs Fireworks of a launchpad, several at once, as "rlaunch multi" does.';
    return printText(helpText({ syntax, describe }, textColumns()));
  }
  return runMulti(parsed.line, await beginWorker(parsed.line));
}
