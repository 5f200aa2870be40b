/** Lines that are not empty, without what surrounds them. */
export function linesOf(output: string): string[] {
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The first group of a pattern; null when it is not found. */
export function firstGroup(pattern: RegExp, text: string): string | null {
  return pattern.exec(text)?.[1] ?? null;
}

/** What an output that is not the one of the command means: nothing is known. */
export function unreadable(command: string, output: string): Error {
  return new Error(`${command} printed something else than a list of jobs: ${output.slice(0, 200).trim()}`);
}
