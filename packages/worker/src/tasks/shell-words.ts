/**
 * The words of a command line as a POSIX shell separates them, without expanding anything: blanks separate, single
 * quotes keep all, double quotes keep all but `\"` and `\\`, a backslash keeps the next character. Null when a quote is
 * not closed or nothing follows a backslash.
 */
export function shellWords(line: string): string[] | null {
  const words: string[] = [];
  const part = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|[^\s'"\\]+/y;
  let word: string | null = null;
  while (part.lastIndex < line.length) {
    const match = part.exec(line);
    if (!match) return null;
    const [text, single, double, escaped] = match;
    if (/^\s/.test(text)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    word = (word ?? '') + (single ?? double?.replace(/\\(["\\])/g, '$1') ?? escaped ?? text);
  }
  return word === null ? words : [...words, word];
}
