import { spawnSync } from 'node:child_process';
import { SkyrocketError } from '@skyrocket/model/errors';

/** Ends the lines that are ours. */
const mark = '# skyrocket: lpad recover_offline';

/** A crontab without our line for a directory. */
export function withoutEntry(crontab: string, directory: string): string {
  return crontab
    .split('\n')
    .filter((line) => !line.endsWith(`${mark} ${directory}`))
    .join('\n');
}

/** A crontab with our line for a directory, once. `command` is a line for a shell. */
export function withEntry(
  crontab: string,
  { directory, command, minutes }: { directory: string; command: string; minutes: number },
): string {
  const others = withoutEntry(crontab, directory);
  const before = others === '' || others.endsWith('\n') ? others : `${others}\n`;
  // A percent sign is a newline to cron.
  const line = command.replaceAll('%', '\\%');
  return `${before}*/${minutes} * * * * ${line} ${mark} ${directory}\n`;
}

/** The crontab of this user; empty when there is none. @throws SkyrocketError NOT_ALLOWED */
export function readCrontab(): string {
  const { status, stdout, stderr, error } = spawnSync('crontab', ['-l'], { encoding: 'utf8' });
  if (error) throw noCron(error.message);
  if (status === 0) return stdout;
  if (/no crontab/i.test(stderr)) return '';
  throw noCron(stderr.trim());
}

/** @throws SkyrocketError NOT_ALLOWED */
export function writeCrontab(text: string): void {
  const { status, stderr, error } = spawnSync('crontab', ['-'], { input: text, encoding: 'utf8' });
  if (error || status !== 0) throw noCron(error?.message ?? stderr.trim());
}

function noCron(reason: string): SkyrocketError {
  return new SkyrocketError(
    'NOT_ALLOWED',
    `the crontab cannot be used here (${reason}): run "lpad recover_offline --every 5m" in a terminal that stays open`,
  );
}
