import type { Syntax } from './command-line.ts';
import type { Argument, Option } from './option.ts';

/** A line of a list in a help text. */
export interface HelpEntry {
  term: string;
  describe: string;
}

export interface HelpPage {
  syntax: Syntax;
  describe: string;
  /** The subcommands, where there are some. */
  commands?: readonly HelpEntry[];
}

/** The help text of a program or a subcommand, no wider than `columns`. */
export function helpText(page: HelpPage, columns = 100): string {
  const { syntax } = page;
  const options: HelpEntry[] = [
    { term: '-h, --help', describe: 'show this help' },
    ...syntax.options.map((option) => ({ term: optionTerm(option), describe: option.describe })),
  ];
  const positionals = syntax.positionals.map((positional) => ({
    term: positional.name,
    describe: positional.describe,
  }));
  const sections = [
    wrap(usage(page), columns, ' '.repeat(4)),
    wrap(page.describe, columns, ''),
    section('arguments', positionals, columns),
    section('commands', page.commands ?? [], columns),
    section('options', options, columns),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function usage({ syntax, commands }: HelpPage): string {
  const options = syntax.options.map((option) => `[${shortest(option)}${valuePart(option)}]`);
  const positionals = syntax.positionals.map((positional) =>
    positional.arity === 'one'
      ? positional.name
      : positional.arity === 'some'
        ? `${positional.name} [${positional.name} ...]`
        : `[${positional.name} ...]`,
  );
  return [
    `usage: ${syntax.name} [-h]`,
    ...options,
    ...positionals,
    ...(commands ? ['COMMAND ...'] : []),
  ].join(' ');
}

const shortest = (option: Option<unknown>) => option.flags[0] ?? '';

function valuePart(argument: Argument<unknown>): string {
  const { arity, metavar } = argument;
  if (arity === 'none') return '';
  if (arity === 'one') return ` ${metavar}`;
  return arity === 'some' ? ` ${metavar} [${metavar} ...]` : ` [${metavar} ...]`;
}

const optionTerm = (option: Option<unknown>) => `${option.flags.join(', ')}${valuePart(option)}`;

/** Where the descriptions of a list begin. */
const describeColumn = 28;

function section(title: string, entries: readonly HelpEntry[], columns: number): string {
  if (entries.length === 0) return '';
  const lines = entries.map(({ term, describe }) => {
    const margin = ' '.repeat(describeColumn);
    const text = wrap(describe, columns - describeColumn, '')
      .split('\n')
      .join(`\n${margin}`);
    const head = `  ${term}`;
    return head.length + 2 <= describeColumn
      ? `${head.padEnd(describeColumn)}${text}`
      : `${head}\n${margin}${text}`;
  });
  return `${title}:\n${lines.join('\n')}`;
}

/** Breaks a text at blanks; lines after the first begin with `margin`. */
function wrap(text: string, columns: number, margin: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = margin + word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
