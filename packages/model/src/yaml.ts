import {
  type Alias,
  Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
} from 'yaml';
import type { SkyrocketError } from './errors.ts';
import { pythonBytes } from './python-bytes.ts';
import { Float, float, isUserMap, type UserMap, type UserValue } from './user-data.ts';
import { badYaml, isNode, lineAt, parseYamlDocument, type YamlDocument } from './yaml-document.ts';
import { isPlainText, plainScalar } from './yaml-scalar.ts';

/** YAML 1.2 as FireWorks reads it (format §1.1), into user data and back. */

export interface ParseYamlOptions {
  /** The file's name, for messages. */
  source?: string;
}

/** How many values aliases may repeat in all, so that a small file cannot become a huge value. */
const aliasedValuesLimit = 100_000;
const depthLimit = 500;

/** YAML 1.1 where `%YAML 1.1` says so. @throws SkyrocketError BAD_FILE naming the line: bad syntax, a key twice, an unknown tag, alias bombs. */
export function parseYaml(text: string, options: ParseYamlOptions = {}): UserValue {
  const source = options.source ?? 'the YAML text';
  const document = parseYamlDocument(text, source);
  const builder: Builder = { ...document, source, aliased: 0, depth: 0, insideAlias: 0 };
  return document.tree.contents === null ? null : build(builder, document.tree.contents);
}

interface Builder extends YamlDocument {
  source: string;
  /** Values that were built through an alias. */
  aliased: number;
  depth: number;
  insideAlias: number;
}

function build(builder: Builder, node: unknown): UserValue {
  if (node === null || node === undefined) return null;
  if (builder.insideAlias > 0 && ++builder.aliased > aliasedValuesLimit) {
    throw fail(builder, node, `aliases repeat more than ${aliasedValuesLimit} values`);
  }
  if (builder.depth > depthLimit) throw fail(builder, node, `values are nested more than ${depthLimit} deep`);
  builder.depth++;
  const value = buildNode(builder, node);
  builder.depth--;
  return value;
}

function buildNode(builder: Builder, node: unknown): UserValue {
  if (isScalar(node)) return buildScalar(builder, node);
  if (isMap(node)) return buildMap(builder, node.items, node.tag);
  if (isSeq(node))
    return node.tag === '!!omap' || node.tag === 'tag:yaml.org,2002:omap'
      ? buildOrderedMap(builder, node.items)
      : checkTag(builder, node, sequenceTags) && node.items.map((item) => build(builder, item));
  if (isAlias(node)) return buildAlias(builder, node);
  throw fail(builder, node, 'not YAML that a workflow can hold');
}

function buildAlias(builder: Builder, alias: Alias): UserValue {
  const target = alias.resolve(builder.tree);
  if (!target) throw fail(builder, alias, `the anchor &${alias.source} is not defined before this alias`);
  builder.insideAlias++;
  const value = build(builder, target);
  builder.insideAlias--;
  return value;
}

const core = 'tag:yaml.org,2002:';
const sequenceTags = [`${core}seq`];
const mappingTags = [`${core}map`, `${core}set`];

function checkTag(builder: Builder, node: Node & { tag?: string }, known: string[]): true {
  if (node.tag === undefined || known.includes(node.tag)) return true;
  throw unknownTag(builder, node);
}

function unknownTag(builder: Builder, node: Node & { tag?: string }): SkyrocketError {
  return fail(builder, node, `the tag ${(node.tag ?? '').replace(core, '!!')} is not known to FireWorks`);
}

function buildScalar(builder: Builder, node: Scalar): UserValue {
  const word = String(node.value ?? '');
  if (node.tag === undefined || node.tag === '!')
    return node.type === Scalar.PLAIN || node.type === undefined ? plainScalar(word, builder.version) : word;
  switch (node.tag) {
    case `${core}str`:
      return word;
    case `${core}float`:
      return toFloat(plainScalar(word, builder.version));
    case `${core}int`:
    case `${core}bool`:
    case `${core}null`:
    case `${core}timestamp`:
      return plainScalar(word, builder.version);
    case `${core}binary`:
      return pythonBytes(Buffer.from(node.source ?? word, 'base64'));
    default:
      throw unknownTag(builder, node);
  }
}

const toFloat = (value: UserValue) =>
  typeof value === 'number' || typeof value === 'bigint' ? float(Number(value)) : value;

function buildMap(builder: Builder, items: Pair[], tag: string | undefined): UserMap {
  if (tag !== undefined && !mappingTags.includes(tag))
    throw fail(builder, items[0]?.key, `the tag ${tag.replace(core, '!!')} is not known to FireWorks`);
  const map: UserMap = new Map();
  const merged: UserMap[] = [];
  for (const { key, value } of items) {
    if (isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN) {
      merged.push(...mergeSources(builder, value));
      continue;
    }
    const name = keyText(builder, key);
    if (map.has(name)) throw fail(builder, key, `the key "${name}" stands twice in one mapping`);
    map.set(name, build(builder, value));
  }
  // In FireWorks' order: what is merged comes first, and of several sources the last.
  return merged.length === 0 ? map : new Map([...merged.reverse(), map].flatMap((source) => [...source]));
}

function mergeSources(builder: Builder, value: unknown): UserMap[] {
  const built = build(builder, value);
  const sources = Array.isArray(built) ? built : [built];
  return sources.map((source) => {
    if (isUserMap(source)) return source;
    throw fail(builder, value, '<< merges mappings only');
  });
}

function buildOrderedMap(builder: Builder, items: unknown[]): UserMap {
  return buildMap(
    builder,
    items.flatMap((item) => (isPair(item) ? [item] : isMap(item) ? item.items : [])),
    undefined,
  );
}

/** FireWorks' database keeps texts as keys; a number or constant becomes its text. */
function keyText(builder: Builder, key: unknown): string {
  const value = build(builder, key);
  if (typeof value === 'string') return value;
  if (value instanceof Float) return `${value.value}.0`;
  if (value === null || typeof value !== 'object') return isScalar(key) ? String(key.value) : String(value);
  throw fail(builder, key, 'a key must be a text');
}

function fail(builder: Builder, node: unknown, sentence: string): SkyrocketError {
  const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  return badYaml(builder.source, lineAt(builder.text, offset), sentence);
}

/** Block style that {@link parseYaml} and FireWorks read back as the same value. */
export function stringifyYaml(value: UserValue): string {
  // In the failsafe schema every scalar is a text that is written as it is: quoting is decided here, by the reader's rules.
  const document = new Document(toNode(value), { schema: 'failsafe' });
  return document.toString({ lineWidth: 0 }).replace(mustBeEscaped, escaped);
}

/** What FireWorks' reader refuses, or takes for the end of a line; {@link textNode} sees that it stands in double quotes. */
const mustBeEscaped = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

function toNode(value: UserValue): unknown {
  if (typeof value === 'string') return textNode(value);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [textNode(key), toNode(item)]));
  if (Array.isArray(value)) return value.map(toNode);
  return plainNode(value instanceof Float || typeof value === 'number' ? numberText(value) : String(value));
}

/** A text that an unquoted word would turn into something else is quoted. */
function textNode(text: string): Scalar {
  const node = new Scalar(text);
  if (text.includes('\t') || text.search(mustBeEscaped) >= 0) node.type = Scalar.QUOTE_DOUBLE;
  else if (!isPlainText(text)) node.type = Scalar.QUOTE_SINGLE;
  return node;
}

function plainNode(text: string): Scalar {
  const node = new Scalar(text);
  node.type = Scalar.PLAIN;
  return node;
}

/** A float is written with a point, which is what makes it one in YAML 1.2. */
function numberText(value: number | Float): string {
  const number = value instanceof Float ? value.value : value;
  if (Number.isNaN(number)) return '.nan';
  if (!Number.isFinite(number)) return number > 0 ? '.inf' : '-.inf';
  if (Object.is(number, -0)) return '-0.0';
  const text = String(number);
  if (text.includes('.') || (typeof value === 'number' && Number.isInteger(value))) return text;
  return text.includes('e') ? text.replace('e', '.0e') : `${text}.0`;
}
