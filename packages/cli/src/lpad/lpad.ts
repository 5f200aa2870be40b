import type { CommandLine } from '../command-line/command-line.ts';
import { choice } from '../command-line/option.ts';
import { commonOptions } from '../program/common-options.ts';
import type { Program } from '../program/run-program.ts';
import { type ProgramSyntax, runSubcommand } from '../program/subcommand.ts';
import { beginLpad, endLpad, type LpadContext } from './context.ts';
import { subcommands } from './subcommands.ts';

const output = choice(
  '-o --output',
  ['json', 'yaml'],
  'how results are printed (default: tables on a terminal, else json)',
);

const syntax: ProgramSyntax<LpadContext> = {
  name: 'lpad',
  describe:
    'Adds Workflows to a launchpad, shows them and changes them. Results go to standard output, logs to standard error.',
  options: [output, ...Object.values(commonOptions)],
  subcommands,
  begin: (line: CommandLine) => beginLpad(line, line.value(output)),
  end: endLpad,
};

export const lpad: Program = { name: 'lpad', run: (words) => runSubcommand(syntax, words) };
