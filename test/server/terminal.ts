import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Site } from '../programs/site.ts';

/** What somebody sees who runs lpad in a terminal. */
export interface Screen {
  /** Lines without colours, one list for each time that the terminal was drawn anew. */
  pictures: string[][];
  code: number | null;
}

const bin = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin');

/** Runs lpad to its end in a terminal of some size. */
export async function lpadInTerminal(
  { directory }: Site,
  { rows, columns }: { rows: number; columns: number },
  ...words: string[]
): Promise<Screen> {
  const { PATH = '' } = process.env;
  const terminal = join(import.meta.dirname, 'terminal.py');
  const program = [process.execPath, join(bin, 'lpad.js'), ...words];
  const child = spawn('python3', [terminal, String(rows), String(columns), ...program], {
    cwd: directory,
    env: { PATH, HOME: join(directory, '..', 'home'), TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    written += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { pictures: picturesOf(written), code };
}

/** A terminal as far as lpad uses one: colours, "n lines up", and "clear from here on". */
function picturesOf(written: string): string[][] {
  const start = String.fromCharCode(27);
  const colours = new RegExp(`${start}\\[[\\d;]*m`, 'g');
  const moves = new RegExp(`(${start}\\[\\d*[AJ]|\\r?\\n)`);
  const lines: string[] = [''];
  const pictures: string[][] = [];
  let at = 0;
  for (const part of written.replace(colours, '').split(moves)) {
    if (part.endsWith('\n')) lines[++at] ??= '';
    else if (part.endsWith('A') && part.startsWith(start)) {
      pictures.push(lines.slice(0, at));
      at -= Number(part.slice(2, -1));
    } else if (part.startsWith(start)) lines.splice(at, lines.length, '');
    else lines[at] += part;
  }
  return [...pictures, lines.slice(0, at)];
}
