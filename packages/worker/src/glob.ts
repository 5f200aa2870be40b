import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/**
 * The paths that match a pattern of Python's `glob.glob`, in alphabetical order: `*`, `?` and `[…]` within one name, and
 * hidden files only where the pattern's name begins with a dot. Relative patterns are relative to the directory.
 */
export function glob(directory: string, pattern: string): string[] {
  const names = pattern.split('/').filter((name) => name !== '' && name !== '.');
  let found = [isAbsolute(pattern) ? '/' : directory];
  for (const name of names) found = found.flatMap((folder) => matchesIn(folder, name));
  return found.sort(byCodePoints);
}

/** As Python orders texts. */
const byCodePoints = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function matchesIn(folder: string, name: string): string[] {
  if (!/[*?[]/.test(name)) {
    const path = join(folder, name);
    return existsSync(path) ? [path] : [];
  }
  const pattern = namePattern(name);
  return namesIn(folder)
    .filter((entry) => pattern.test(entry) && (name.startsWith('.') || !entry.startsWith('.')))
    .map((entry) => join(folder, entry));
}

/** What is no folder, or cannot be read, holds nothing that matches. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function namePattern(name: string): RegExp {
  const source = name.replace(/\[(!?)(\]?[^\]]*)\]|[\s\S]/g, (part, not?: string, members?: string) => {
    if (members) return `[${not ? '^' : ''}${members.replace(/[\\[\]^]/g, '\\$&')}]`;
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return /(?!)/; // A range such as [z-a] holds nothing.
  }
}
