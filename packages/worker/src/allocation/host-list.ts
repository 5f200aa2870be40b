/** Slurm's short form of host names, written out: `n[1-3,07],login` is n1, n2, n3, n07 and login. */
export function readHostList(text: string): string[] {
  return splitOutsideBrackets(text).flatMap(expand);
}

function splitOutsideBrackets(text: string): string[] {
  return text.match(/(?:[^,[\]]|\[[^\]]*\])+/g) ?? [];
}

function expand(name: string): string[] {
  const match = /^([^[]*)\[([^\]]*)\](.*)$/.exec(name);
  if (!match) return [name];
  const [, before = '', list = '', after = ''] = match;
  const ends = expand(after);
  return list
    .split(',')
    .flatMap((range) => numbersOf(range).flatMap((n) => ends.map((end) => before + n + end)));
}

/** `08-11` keeps its zeros. */
function numbersOf(range: string): string[] {
  const [first = '', last = first] = range.split('-');
  const count = Number(last) - Number(first) + 1;
  if (!Number.isSafeInteger(count) || count < 1) return [range];
  return Array.from({ length: count }, (_, i) => String(Number(first) + i).padStart(first.length, '0'));
}
