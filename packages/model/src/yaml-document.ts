import {
  Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type Scalar,
  visit,
  type YAMLParseError,
} from 'yaml';
import type { DocumentPath } from './document-fault.ts';
import { isSkyrocketError, SkyrocketError } from './errors.ts';
import { parseLooseDocuments } from './yaml-loose-layout.ts';
import type { YamlVersion } from './yaml-scalar.ts';

/** The syntax of a YAML text, with the places where things stand. */

export interface YamlDocument {
  /** Offsets are those in `text`. */
  tree: Document;
  text: string;
  /** What `%YAML` says; FireWorks' reader takes 1.2 for granted. */
  version: YamlVersion;
}

/** @throws SkyrocketError BAD_FILE naming the line: bad syntax, several documents, another YAML than 1.1 and 1.2. */
export function parseYamlDocument(written: string, source: string): YamlDocument {
  const text = withUnixLines(written);
  const bad = (offset: number, sentence: string) => badYaml(source, lineAt(text, offset), sentence);
  const unprintable = text.search(notPrintable);
  if (unprintable >= 0) {
    const code = text.charCodeAt(unprintable).toString(16).padStart(4, '0');
    throw bad(unprintable, `not YAML: write the character U+${code.toUpperCase()} as "\\u${code}"`);
  }
  const [tree = new Document(null), second] = parseDocuments(text);
  const problem = problemOf(tree);
  if (problem) throw bad(problemOffset(tree, problem), `not YAML: ${firstLine(problem.message)}`);
  const otherYaml = tree.warnings.find(({ message }) => message.startsWith('Unsupported YAML version'));
  if (otherYaml) throw bad(otherYaml.pos[0], `${firstLine(otherYaml.message)}; write 1.2, or 1.1`);
  if (second) {
    throw bad(second.range?.[0] ?? 0, 'a second YAML document begins here; give it a file of its own');
  }
  return { tree, text, version: tree.directives?.yaml.version === '1.1' ? '1.1' : '1.2' };
}

/** As Python's text files have them. */
const withUnixLines = (text: string) => (text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text);

/** What FireWorks' reader refuses: a file of which a crash left zeros, for instance. */
const notPrintable = /[^\t\n\r\x20-\x7e\x85\xa0-\ufffd]/;

function parseDocuments(text: string): Document[] {
  // Scalars are resolved elsewhere, by FireWorks' rules; keys are compared there too, in linear time.
  const options = { schema: 'failsafe', uniqueKeys: false, logLevel: 'silent', prettyErrors: false } as const;
  const documents = [...parseAllDocuments(text, options)];
  const mayBeLoose = documents[0]?.errors.some(
    ({ code }) => code === 'BAD_INDENT' || code === 'MISSING_CHAR',
  );
  if (!mayBeLoose) return documents;
  const loose = parseLooseDocuments(text, options);
  return loose.some(problemOf) ? documents : loose;
}

/** What FireWorks' reader takes: `[1]# a comment`. */
const tolerated = /^Comments must be separated/;

const problemOf = ({ errors }: Document) => errors.find(({ message }) => !tolerated.test(message));

/** A text that is not closed is told where it begins. */
function problemOffset(tree: Document, { code, pos: [end] }: YAMLParseError): number {
  let offset = end;
  const note = (_key: unknown, { range }: Scalar) => {
    if (range?.[1] === end) offset = range[0];
  };
  if (code === 'MISSING_CHAR') visit(tree, { Scalar: note });
  return offset;
}

const firstLine = (message: string) => message.split('\n')[0] ?? message;

/** The sentence that a YAML text is refused with. */
export function badYaml(source: string, line: number, sentence: string): SkyrocketError {
  return new SkyrocketError('BAD_FILE', `${source}, line ${line}: ${sentence}`);
}

/** The line, from 1, of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/**
 * Tells the line, from 1, where something stands in a YAML text, or the nearest thing above it; null when nothing of it
 * is there. The text is read when the first question is asked.
 */
export function yamlLineFinder(text: string): (path: DocumentPath) => number | null {
  let known: YamlDocument | null | undefined;
  return (path) => {
    if (known === undefined) known = readableDocument(text);
    for (let length = known ? path.length : 0; known && length > 0; length--) {
      const offset = offsetOf(known.tree, path.slice(0, length));
      if (offset !== null) return lineAt(known.text, offset);
    }
    return null;
  };
}

function readableDocument(text: string): YamlDocument | null {
  try {
    return parseYamlDocument(text, '');
  } catch (error) {
    if (isSkyrocketError(error)) return null;
    throw error;
  }
}

/** The offset of the key, or of the list element, that a path names. */
function offsetOf(document: Document, path: DocumentPath): number | null {
  const parent = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  const pair = isMap(parent)
    ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === last)
    : undefined;
  if (pair && isScalar(pair.key)) return pair.key.range?.[0] ?? null;
  const element = isSeq(parent) && typeof last === 'number' ? parent.items[last] : undefined;
  return isNode(element) ? (element.range?.[0] ?? null) : null;
}

export const isNode = (value: unknown): value is Node =>
  isMap(value) || isSeq(value) || isScalar(value) || isAlias(value);
