import { checkQuery } from './check-query.ts';
import { isSkyrocketError, SkyrocketError } from './errors.ts';
import { parseJson } from './lossless-json.ts';
import { parsePythonLiteral } from './python-literal.ts';
import { isUserMap, type UserMap, type UserValue } from './user-data.ts';
import { parseYaml } from './yaml.ts';

/**
 * Reads the filter of `-q` and of worker files: JSON, the Python literals that FireWorks takes
 * (`{'state': {'$in': ('READY', 'RUNNING')}, 'name': None}`), or YAML (`{state: READY}`).
 * @throws SkyrocketError BAD_QUERY when it is none of them, no mapping, or refused by {@link checkQuery}.
 */
export function readUserQuery(text: string): UserMap {
  const value = readValue(text);
  if (!isUserMap(value))
    throw new SkyrocketError(
      'BAD_QUERY',
      `the query ${quoted(text)} is not a mapping such as {"state": "READY"}`,
    );
  checkQuery(value);
  return value;
}

function readValue(text: string): UserValue {
  const json = attempt(() => parseJson(text));
  if ('value' in json) return json.value;
  const literal = attempt(() => parsePythonLiteral(text));
  if ('value' in literal) return literal.value;
  const yaml = attempt(() => parseYaml(text));
  if ('value' in yaml) return yaml.value;
  throw new SkyrocketError(
    'BAD_QUERY',
    `the query ${quoted(text)} is neither JSON nor a Python literal nor YAML (${literal.reason})`,
  );
}

function attempt(read: () => UserValue): { value: UserValue } | { reason: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (isSkyrocketError(error)) return { reason: error.message };
    throw error;
  }
}

const quoted = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
