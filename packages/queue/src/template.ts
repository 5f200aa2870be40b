/**
 * FireWorks' templates (format §8.2): `$${name}` or `$$name` is a variable, `$$$$` is `$$`. A line with a variable that is
 * not set is dropped, and so is any other line of the template with `$$` in it. Values are put in as they are, also those
 * with several lines or with `$$`.
 */
export function fillTemplate(template: string, values: ReadonlyMap<string, string>): string {
  const lines = template.split('\n').map((line) => fillLine(line, values));
  return lines.filter((line) => line !== null).join('\n');
}

const variable = /\$\$(?:(\$\$)|\{([A-Za-z_][\w-]*)\}|([A-Za-z_]\w*))/g;

/** The variables of a template, each once. */
export function variablesOf(template: string): string[] {
  const names = [...template.matchAll(variable)].flatMap(([, , braced, plain]) => braced ?? plain ?? []);
  return [...new Set(names)];
}

function fillLine(line: string, values: ReadonlyMap<string, string>): string | null {
  const names = variablesOf(line);
  if (names.some((name) => !values.has(name))) return null;
  if (line.replace(variable, '').includes('$$')) return null;
  return line.replace(variable, (_, escaped, braced, plain) =>
    escaped === undefined ? (values.get(braced ?? plain) ?? '') : '$$',
  );
}
