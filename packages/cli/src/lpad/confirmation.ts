import { SkyrocketError } from '@skyrocket/model/errors';
import { usageError } from '../command-line/usage-error.ts';
import { ask, canAsk } from '../output/prompt.ts';

export interface Intent {
  /** How many entries would be changed. */
  count: number;
  what: 'Fireworks' | 'Workflows';
  /** `--password` as given. */
  password: string | null;
  /** PW_CHECK_NUM. */
  changesWithoutPassword: number;
}

/**
 * Passes when few entries would be changed, or today's date was given as password, or somebody at the terminal says Y.
 * @throws SkyrocketError NOT_ALLOWED, BAD_USAGE
 */
export async function confirmMany({ count, what, password, changesWithoutPassword }: Intent): Promise<void> {
  if (password !== null) checkPassword(password);
  if (password !== null || count <= changesWithoutPassword) return;
  if (!canAsk()) {
    throw new SkyrocketError(
      'NOT_ALLOWED',
      `${count} ${what} match, and more than ${changesWithoutPassword} (PW_CHECK_NUM) are changed only with --password, which is today's date: --password ${today()}`,
    );
  }
  const answer = await ask(`${count} ${what} match. Change them all? Type Y to do it: `);
  if (!/^y(es)?$/i.test(answer)) throw new SkyrocketError('NOT_ALLOWED', 'nothing was changed');
}

/** @throws SkyrocketError BAD_USAGE unless it is today's date */
export function checkPassword(password: string): void {
  if (password !== today())
    throw usageError(
      `--password: "${password}" is not today's date here, which is ${today()}; nothing was changed`,
    );
}

/** The date on the clock of this place: `2026-11-25`. */
export function today(): string {
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
