/**
 * Texts of users in columns of their own (names, directories). SQLite ends a text at a NUL character and cannot hold half
 * a surrogate pair; such a text is kept as JSON behind a marker, any other as it is.
 */
const marker = '\u0001json:';

const unstorable = /[\0\p{Surrogate}]/u;

export function toColumn(text: string): string {
  return unstorable.test(text) || text.startsWith(marker) ? marker + JSON.stringify(text) : text;
}

export function fromColumn(column: string): string {
  return column.startsWith(marker) ? String(JSON.parse(column.slice(marker.length))) : column;
}
