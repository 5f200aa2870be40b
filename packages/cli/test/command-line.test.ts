import { describe, expect, it } from '@jest/globals';
import { parseWords, type Syntax } from '../src/command-line/command-line.ts';
import { helpText } from '../src/command-line/help.ts';
import {
  choice,
  flag,
  integer,
  integerArgument,
  integerList,
  integers,
  text,
  texts,
  words,
} from '../src/command-line/option.ts';

const fwId = integerList('-i --fw_id', 'FW_ID[,FW_ID...]', 'these ids');
const state = choice('-s --state', ['READY', 'RUNNING'], 'in this state');
const launchesMode = flag('-lm --launches_mode', 'about Launches');
const launchId = integers('-lid --launch_id', 'LAUNCH_ID', 'these Launches');
const launchpad = text('-l --launchpad_file', 'FILE', 'the launchpad');
const max = integer('-m --max', 'N', { describe: 'at most so many', fallback: 0 });
const names = texts('-n --names', 'NAME', { describe: 'names', arity: 'some' });
const detour = flag('-d --detour', 'a detour');
const check = flag('-c --check', 'check');
const options = [fwId, state, launchesMode, launchId, launchpad, max, names, detour, check];
const files = words('FILE', { describe: 'files', arity: 'some' });

function parse(...given: string[]) {
  const syntax: Syntax = { name: 'lpad try', options, positionals: [] };
  return parseWords(syntax, given);
}

describe('options are written as FireWorks users write them', () => {
  it.each([
    [['-i', '1,2,5']],
    [['-i1,2,5']],
    [['-i=1,2,5']],
    [['--fw_id', '1,2,5']],
    [['--fw_id=1,2,5']],
    [['--fw', '1,2,5']],
    [['-i', '9', '-i', '1,2,5']],
  ])('%j', (given) => {
    expect(parse(...given).line.value(fwId)).toEqual([1, 2, 5]);
  });

  it('-lm, -lid and -l are three options, whatever they have in common', () => {
    const { line } = parse('-lm', '-lid', '4', '5', '-l', 'pad.yaml');
    expect(line.value(launchesMode)).toBe(true);
    expect(line.value(launchId)).toEqual([4, 5]);
    expect(line.value(launchpad)).toBe('pad.yaml');
  });

  it('switches of one letter may stand together', () => {
    const { line } = parse('-dc');
    expect([line.value(detour), line.value(check)]).toEqual([true, true]);
  });

  it('words are taken in any case, and negative numbers are values', () => {
    const { line } = parse('-s', 'ready', '-i', '-1');
    expect(line.value(state)).toBe('READY');
    expect(line.value(fwId)).toEqual([-1]);
  });

  it('what is absent has its default', () => {
    const { line } = parse();
    expect([line.value(fwId), line.value(state), line.value(max), line.value(detour)]).toEqual([
      null,
      null,
      0,
      false,
    ]);
    expect(line.has(max)).toBe(false);
  });

  it('the first word that is no option ends them, where no arguments are expected', () => {
    const { line, rest } = parse('-m', '3', 'get_fws', '-i', '1');
    expect(line.value(max)).toBe(3);
    expect(rest).toEqual(['get_fws', '-i', '1']);
  });
});

describe('arguments', () => {
  const one = integerArgument('N', 'a number');

  it('may stand between options, and after -- they may look like options', () => {
    const syntax: Syntax = { name: 'lpad add', options, positionals: [files] };
    const { line } = parseWords(syntax, ['a.yaml', '-d', 'b.yaml', '--', '-c']);
    expect(line.value(files)).toEqual(['a.yaml', 'b.yaml', '-c']);
    expect(line.value(check)).toBe(false);
  });

  it('- is an argument: standard input', () => {
    expect(parseWords({ name: 'lpad add', options, positionals: [files] }, ['-']).line.value(files)).toEqual([
      '-',
    ]);
  });

  it('that are missing or too many are told', () => {
    const syntax: Syntax = { name: 'lpad set', options, positionals: [one] };
    expect(() => parseWords(syntax, [])).toThrow('lpad set: N is missing (see lpad set -h)');
    expect(() => parseWords(syntax, ['1', '2'])).toThrow(
      'lpad set: "2" is one word too many (see lpad set -h)',
    );
    expect(() => parseWords(syntax, ['1e3'])).toThrow('lpad set: N: "1e3" is not an integer');
  });
});

describe('a command line that cannot be understood is BAD_USAGE', () => {
  it.each([
    [['--stat', 'x'], 'lpad try: -s/--state: "x" is none of READY, RUNNING'],
    [
      ['--la', 'x'],
      'lpad try: --la may mean --launches_mode, --launch_id, --launchpad_file; write more of it',
    ],
    [['--lauchpad_file', 'x'], 'lpad try: there is no option --lauchpad_file (was --launchpad_file meant?)'],
    [['-z'], 'lpad try: there is no option -z (see lpad try -h)'],
    [['-i'], 'lpad try: -i/--fw_id needs a value (FW_ID[,FW_ID...])'],
    [['-i', '1-3'], 'lpad try: -i/--fw_id: "1-3" is not an integer'],
    [['-i', '99999999999999999999'], 'lpad try: -i/--fw_id: 99999999999999999999 is out of range'],
    [['-m', '-1'], 'lpad try: -m/--max: -1 is less than 0'],
    [['--detour=yes'], 'lpad try: -d/--detour takes no value, and --detour=yes gives it one'],
  ])('%j', (given, message) => {
    expect(() => parse(...given)).toThrow(
      expect.objectContaining({ message, code: 'BAD_USAGE', exitCode: 2 }),
    );
  });

  it('when options exclude each other', () => {
    const syntax: Syntax = { name: 'lpad try', options, positionals: [], exclusive: [[detour, check]] };
    expect(() => parseWords(syntax, ['-d', '-c'])).toThrow(
      'lpad try: -d/--detour and -c/--check exclude each other',
    );
  });

  it('when an option of the program stands behind the subcommand', () => {
    const syntax: Syntax = {
      name: 'lpad get_fws',
      options: [max],
      positionals: [],
      outerOptions: [launchpad],
    };
    expect(() => parseWords(syntax, ['-l', 'x'])).toThrow(
      'lpad get_fws: -l is an option of lpad and stands before the subcommand',
    );
  });
});

describe('help', () => {
  it.each([['-h'], ['--help'], ['--he']])('is asked for by %s, wherever it stands', (word) => {
    expect(parse('-m', '3', word).help).toBe(true);
  });

  it('fits into the width of the terminal', () => {
    const page = {
      syntax: { name: 'lpad try', options: [fwId, state, detour], positionals: [files] },
      describe: 'Tries.',
    };
    expect(helpText(page, 60)).toBe(
      [
        'usage: lpad try [-h] [-i FW_ID[,FW_ID...]] [-s STATE] [-d]',
        '    FILE [FILE ...]',
        '',
        'Tries.',
        '',
        'arguments:',
        '  FILE                      files',
        '',
        'options:',
        '  -h, --help                show this help',
        '  -i, --fw_id FW_ID[,FW_ID...]',
        '                            these ids',
        '  -s, --state STATE         in this state; one of READY,',
        '                            RUNNING',
        '  -d, --detour              a detour',
        '',
      ].join('\n'),
    );
  });
});
