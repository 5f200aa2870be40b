import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { SkyrocketError } from '@skyrocket/model/errors';
import { type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import { readUserQuery } from '@skyrocket/model/user-query';
import { choice, integer, text } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import type { LpadCommand } from '../context.ts';

const role = choice('--role', ['reader', 'worker', 'user', 'admin'], 'what its holder may do (needed)');
const label = text('--label', 'TEXT', 'what it is for, shown by lpad token list');
const fworker = text('--fworker', 'NAME', 'the only FWorker that its holder may be');
const category = text('--category', 'CATEGORY', 'the only category that its holder may claim');
const query = text(
  '--query',
  'QUERY',
  'the only query that the FWorker of its holder may have (default: none)',
);
const days = integer('--days', 'N', { describe: 'for how many days it is good', fallback: 365, minimum: 1 });
const file = text(
  '--file',
  'FILE',
  'write it into this new file, which only you can read, instead of printing it',
);

const secondsPerDay = 24 * 3600;

export const command: LpadCommand = {
  options: [role, label, fworker, category, query, days, file],
  async run(line, { log, launchpad }) {
    const granted = line.value(role);
    if (granted === null) throw usageError('lpad token create: say with --role what its holder may do');
    const secret = randomBytes(32).toString('base64url');
    const written = line.value(query);
    const { token } = await (await launchpad()).createToken({
      key: randomUUID(),
      tokenId: randomBytes(6).toString('hex'),
      hash: createHash('sha256').update(secret).digest('hex'),
      role: granted,
      label: line.value(label) ?? '',
      fworker: line.value(fworker),
      category: line.value(category),
      query: written === null ? new Map() : readUserQuery(written),
      expiresOn: expiry(line.value(days)),
    });
    const path = line.value(file);
    if (path === null) process.stdout.write(`${secret}\n`);
    else writeSecret(path, secret);
    log.info(
      `Token ${token.tokenId} (${token.role}) is good until ${token.expiresOn}; its secret is not kept here`,
    );
    return 0;
  },
};

function expiry(validDays: number): Timestamp {
  return timestamp(Date.now() + validDays * secondsPerDay * 1000);
}

function writeSecret(path: string, secret: string): void {
  try {
    writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SkyrocketError(
      'BAD_FILE',
      `the token cannot be written (${reason}); revoke it and name a file that is not there yet`,
      { cause: error },
    );
  }
}
