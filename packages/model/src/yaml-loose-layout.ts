import type { SchemaOptions } from 'yaml';
import { Composer, type Document, type DocumentOptions, Lexer, type ParseOptions, Parser } from 'yaml';

/**
 * YAML whose `{…}`, `[…]` and quoted texts go on in lines that are not indented, as FireWorks' reader takes them:
 *
 *     spec:
 *       _tasks: [
 *       {_fw_name: ScriptTask, script: "
 *     cd run && make
 *     "}]
 */
export function parseLooseDocuments(
  text: string,
  options: ParseOptions & DocumentOptions & SchemaOptions,
): Document[] {
  return [...new Composer(options).compose(looseTokens(text))];
}

function* looseTokens(text: string) {
  const parser = new Parser();
  for (const lexeme of looseLexer().lex(text)) yield* parser.next(lexeme);
  yield* parser.end();
}

/** The library's own, which asks for no indentation while it is inside brackets or quotes. */
function looseLexer(): Lexer {
  const lexer = new Lexer();
  let indentNext: unknown = 0;
  const isInside = () => {
    const level: unknown = Reflect.get(lexer, 'flowLevel');
    return (typeof level === 'number' && level > 0) || /^["']$/.test(String(lexerCharacter(lexer)));
  };
  Object.defineProperty(lexer, 'indentNext', {
    get: () => (isInside() ? 0 : indentNext),
    set: (next: unknown) => {
      indentNext = next;
    },
  });
  return lexer;
}

/** Where the token begins that is being read. */
function lexerCharacter(lexer: Lexer): unknown {
  const text: unknown = Reflect.get(lexer, 'buffer');
  const at: unknown = Reflect.get(lexer, 'pos');
  return typeof text === 'string' && typeof at === 'number' ? text[at] : undefined;
}
