import { readFile, writeFile } from 'node:fs/promises';
import { fullPath, type Surroundings } from '@skyrocket/client/config-search';
import { defaultLaunchPadPlace, describePlace } from '@skyrocket/client/launchpad-file';
import { isSystemError, reasonOf } from '@skyrocket/contract/system-error';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import { stringifyYaml } from '@skyrocket/model/yaml';
import type { CommandLine } from '../../command-line/command-line.ts';
import { flag, integer, type Option, text } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import { ask, askSecretly, canAsk } from '../../output/prompt.ts';
import type { LpadCommand } from '../context.ts';

const kinds = ['file', 'mongodb', 'server'] as const;
type Kind = (typeof kinds)[number];

const configFile = text('--config-file', 'FILE', 'the file to write (default: my_launchpad.yaml)');
const file = text('--file', 'PATH', 'file: the path of the database file');
const url = text('--url', 'URL', 'server: its address');
const tokenFile = text(
  '--token-file',
  'FILE',
  'server: the file that holds the token; its path is written down, not the token',
);
const uriMode = flag('-u --uri_mode', 'mongodb: the host is a whole URI');
const host = text('--host', 'HOST', 'mongodb: the host, or the URI with -u');
const port = integer('--port', 'PORT', { describe: 'mongodb: the port', fallback: null, minimum: 1 });
const name = text('--name', 'NAME', 'mongodb: the database');
const username = text('--username', 'NAME', 'mongodb: the user');
const passwordFile = text('--password-file', 'FILE', 'mongodb: a file that holds the password');
const authSource = text('--authsource', 'NAME', 'mongodb: the database that knows the user');

/** Asks what no option says, where somebody is there to answer; nothing secret stands on a command line. */
export const command: LpadCommand = {
  options: [configFile, file, url, tokenFile, uriMode, host, port, name, username, passwordFile, authSource],
  exclusive: [[file, url, host]],
  async run(line, { surroundings, log }) {
    const path = fullPath(line.value(configFile) ?? 'my_launchpad.yaml', surroundings);
    const settings = await settingsOf(await kindOf(line), line, surroundings);
    await write(path, settings);
    log.info(`Wrote ${path}`);
    return 0;
  },
};

async function kindOf(line: CommandLine): Promise<Kind> {
  if (line.has(file)) return 'file';
  if (line.has(url)) return 'server';
  if (line.has(host) || line.has(uriMode)) return 'mongodb';
  if (!canAsk()) throw usageError('where is the launchpad? give --file, --host or --url');
  const answer = await ask(`What is the launchpad: ${kinds.join(', ')}? [file] `);
  const found = kinds.find((word) => word === (answer.toLowerCase() || 'file'));
  if (found) return found;
  throw usageError(`"${answer}" is none of ${kinds.join(', ')}; nothing was written`);
}

function settingsOf(kind: Kind, line: CommandLine, surroundings: Surroundings): Promise<UserMap> {
  switch (kind) {
    case 'file':
      return fileSettings(line, surroundings);
    case 'server':
      return serverSettings(line, surroundings);
    case 'mongodb':
      return mongoDbSettings(line);
  }
}

async function fileSettings(line: CommandLine, surroundings: Surroundings): Promise<UserMap> {
  const fallback = describePlace(defaultLaunchPadPlace(surroundings));
  const answer = await answered(line, file, { question: 'Path of the database file', fallback });
  return settings([['file', fullPath(answer ?? fallback, surroundings)]]);
}

async function serverSettings(line: CommandLine, surroundings: Surroundings): Promise<UserMap> {
  const address = await answered(line, url, { question: 'Address of the server (https://...)' });
  const tokenPath = line.value(tokenFile);
  const typed =
    tokenPath === null && canAsk() ? await askSecretly('Token (not shown; empty for none): ') : '';
  return settings([
    ['url', required(address, url)],
    ['token_file', tokenPath === null ? null : fullPath(tokenPath, surroundings)],
    ['token', typed || null],
  ]);
}

async function mongoDbSettings(line: CommandLine): Promise<UserMap> {
  const uri = line.value(uriMode);
  const place = uri
    ? await answered(line, host, { question: 'URI (mongodb://...)' })
    : await answered(line, host, { question: 'Host', fallback: 'localhost' });
  const portNumber = uri ? null : await portOf(line);
  const database = await answered(line, name, { question: 'Database', fallback: 'fireworks' });
  // A URI holds the rest.
  const user = uri ? null : await answered(line, username, { question: 'User (empty for none)' });
  return settings([
    ['host', required(place, host)],
    ['port', portNumber],
    ['name', database],
    ['uri_mode', uri || null],
    ['username', user],
    ['password', user && (await password(line))],
    ['authsource', user && (await answered(line, authSource, authQuestion))],
  ]);
}

const authQuestion = { question: 'Database that knows the user (empty: the same)' };

async function portOf(line: CommandLine): Promise<number> {
  const given = line.value(port);
  if (given !== null || !canAsk()) return given ?? 27017;
  const answer = (await ask('Port [27017] ')) || '27017';
  if (/^\d{1,5}$/.test(answer)) return Number(answer);
  throw usageError(`"${answer}" is no port; nothing was written`);
}

/** What the option says, else what is answered, else the fallback; null for nothing. */
async function answered(
  line: CommandLine,
  option: Option<string | null>,
  { question, fallback }: { question: string; fallback?: string },
): Promise<string | null> {
  const given = line.value(option);
  if (given !== null || !canAsk()) return given ?? fallback ?? null;
  const answer = await ask(`${question}${fallback === undefined ? ':' : ` [${fallback}]`} `);
  return answer || fallback || null;
}

/** What stands in the file that --password-file names, else what is typed unseen. */
async function password(line: CommandLine): Promise<string | null> {
  const path = line.value(passwordFile);
  if (path === null) return canAsk() ? (await askSecretly('Password (not shown): ')) || null : null;
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new SkyrocketError('BAD_FILE', `--password-file: ${path} cannot be read (${reason})`, { cause });
  }
}

function required(value: string | null, option: Option<string | null>): string {
  if (value !== null) return value;
  throw usageError(`${option.flags.join('/')} is missing (see lpad init -h)`);
}

const settings = (entries: [string, UserValue][]): UserMap =>
  new Map(entries.filter(([, value]) => value !== null));

const secretKeys = ['password', 'token', 'uri_mode'];

/** Only the owner may read a file that holds a secret; a URI may hold one. */
async function write(path: string, settings: UserMap): Promise<void> {
  const mode = secretKeys.some((key) => settings.has(key)) ? 0o600 : 0o644;
  try {
    await writeFile(path, stringifyYaml(settings), { flag: 'wx', mode });
  } catch (cause) {
    const reason = isSystemError(cause, 'EEXIST')
      ? 'exists already'
      : `cannot be written (${reasonOf(cause)})`;
    throw new SkyrocketError('BAD_FILE', `${path} ${reason}; name another file with --config-file`, {
      cause,
    });
  }
}
