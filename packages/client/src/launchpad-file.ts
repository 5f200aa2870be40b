import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeMongoAddress, type MongoAddress } from '@skyrocket/launchpad/mongo-address';
import { SkyrocketError } from '@skyrocket/model/errors';
import { nearMiss } from '@skyrocket/model/near-miss';
import type { UserMap } from '@skyrocket/model/user-data';
import { fullPath, ownDirectory, type Surroundings } from './config-search.ts';
import { type LogLevel, levelSetting } from './log-level.ts';
import { readSettingsFile, type SettingsFile } from './settings-file.ts';

/** my_launchpad.yaml: FireWorks' keys (format §10.1), and `file:` and `url:` for the other two ways to reach a launchpad. */
export interface LaunchPadFile {
  place: LaunchPadPlace;
  /** The file that says so; null when nothing is configured. */
  source: string | null;
  /** `logdir`, absolute. */
  logDirectory: string | null;
  /** `strm_lvl`. */
  logLevel: LogLevel | null;
  warnings: string[];
}

/** Where a launchpad is, and how it is reached. */
export type LaunchPadPlace =
  | { kind: 'embedded'; file: string }
  | ({ kind: 'mongodb' } & MongoDbPlace)
  | ({ kind: 'server' } & ServerPlace);

export interface ServerPlace {
  url: string;
  /** In the clear in my_launchpad.yaml, or in a file of its own; null: none. */
  token: { text: string } | { file: string } | null;
  /** A file with certificates to trust beside the usual ones: `ca:`. */
  caFile: string | null;
}

export interface MongoDbPlace extends MongoAddress {
  username: string | null;
  password: string | null;
  authSource: string | null;
  /** Keyword arguments of Python's driver. */
  clientOptions: UserMap;
  userIndices: string[];
  workflowUserIndices: string[];
}

/** The embedded launchpad that is used when nothing is configured. */
export function defaultLaunchPadPlace(surroundings: Surroundings): LaunchPadPlace {
  return { kind: 'embedded', file: join(ownDirectory(surroundings), 'launchpad.db') };
}

/** What nothing configured means. */
export function noLaunchPadFile(surroundings: Surroundings): LaunchPadFile {
  const place = defaultLaunchPadPlace(surroundings);
  return { place, source: null, logDirectory: null, logLevel: null, warnings: [] };
}

/** @throws SkyrocketError BAD_CONFIGURATION naming file, line and key */
export async function readLaunchPadFile(path: string, surroundings: Surroundings): Promise<LaunchPadFile> {
  const file = await readSettingsFile(path);
  const place = readPlace(file, surroundings);
  const logDirectory = file.text('logdir');
  // Asked for by `lpad init` of FireWorks, ignored by it and by us.
  file.value('ssl_ca_file');
  return {
    place,
    source: path,
    logDirectory: logDirectory ? fullPath(logDirectory, surroundings) : null,
    logLevel: levelSetting(file, 'strm_lvl') ?? null,
    warnings: [...keyWarnings(file), ...secretWarnings(file), ...clearTextWarnings(file, place)],
  };
}

function readPlace(file: SettingsFile, surroundings: Surroundings): LaunchPadPlace {
  const named = ['file', 'host', 'url'].filter((key) => file.has(key));
  const [first, second] = named;
  if (second !== undefined) {
    throw file.fault(second, `a launchpad has one place, and "${first}" names another; take one of them out`);
  }
  const mongo = readMongoDb(file);
  switch (first) {
    case 'file':
      return {
        kind: 'embedded',
        file: fullPath(file.text('file') ?? '', surroundings, dirname(file.path)),
      };
    case 'url':
      return { kind: 'server', ...readServer(file, surroundings) };
    case 'host':
      return { kind: 'mongodb', ...mongo };
    default:
      throw new SkyrocketError(
        'BAD_CONFIGURATION',
        `${file.path} names no launchpad: give it "file:" (a path), "host:" (MongoDB) or "url:" (a Skyrocket server)`,
      );
  }
}

function readMongoDb(file: SettingsFile): MongoDbPlace {
  return {
    host: file.text('host') ?? 'localhost',
    port: file.integer('port', 1) ?? 27017,
    name: readDatabaseName(file),
    username: file.text('username') ?? null,
    password: readPassword(file),
    authSource: file.text('authsource') ?? null,
    uriMode: file.flag('uri_mode') ?? false,
    clientOptions: file.map('mongoclient_kwargs') ?? new Map(),
    userIndices: file.texts('user_indices') ?? [],
    workflowUserIndices: file.texts('wf_user_indices') ?? [],
  };
}

/** With `uri_mode` FireWorks asks for it, whatever database the URI names: that one is where users are known. */
function readDatabaseName(file: SettingsFile): string {
  const name = file.text('name');
  if (!name && file.has('host') && file.flag('uri_mode')) {
    throw file.fault('uri_mode', 'with a URI the database must be named: add the key "name"');
  }
  return name || 'fireworks';
}

/** A password of digits is a number in YAML. */
function readPassword(file: SettingsFile): string | null {
  const value = file.value('password');
  return typeof value === 'number' ? String(value) : (file.text('password') ?? null);
}

function readServer(file: SettingsFile, surroundings: Surroundings): ServerPlace {
  const path = (key: string) => {
    const named = file.text(key);
    return named ? fullPath(named, surroundings, dirname(file.path)) : null;
  };
  const text = file.text('token');
  const tokenFile = path('token_file');
  if (text && tokenFile !== null) {
    throw file.fault(
      'token_file',
      'a server is asked with one token, and "token" is another; take one of them out',
    );
  }
  const token = text ? { text } : tokenFile === null ? null : { file: tokenFile };
  return { url: readUrl(file), token, caFile: path('ca') };
}

function readUrl(file: SettingsFile): string {
  const url = file.text('url') ?? '';
  if (/^https?:\/\/[^/]/.test(url) && URL.canParse(url)) return url;
  throw file.fault(
    'url',
    `"${url}" is no address of a server; it begins with https:// (or http:// on this machine)`,
  );
}

function keyWarnings(file: SettingsFile): string[] {
  return file.unread().map((key) => {
    const meant = nearMiss(key, file.asked());
    return `${file.path}: the key ${key} is not known${meant === null ? '' : ` (was ${meant} meant?)`}`;
  });
}

/** Who can read a password can use it. */
function secretWarnings(file: SettingsFile): string[] {
  const secret = ['password', 'token'].find((key) => file.has(key)) ?? (uriHasPassword(file) ? 'host' : null);
  if (secret === null) return [];
  const mode = statSync(file.path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) === 0) return [];
  return [`${file.path} holds a secret (${secret}) and others can read it: run chmod 600 ${file.path}`];
}

/** Without TLS a token can be read, and used, by whoever sees the network. */
function clearTextWarnings({ path }: SettingsFile, place: LaunchPadPlace): string[] {
  if (place.kind !== 'server') return [];
  const { protocol, hostname } = new URL(place.url);
  if (protocol === 'https:' || isLoopback(hostname)) return [];
  return [
    `${path}: others can read and change what is sent to ${hostname}, the token too, since url: begins with http://; use https://`,
  ];
}

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

const uriHasPassword = (file: SettingsFile) => /^[\w+]+:\/\/[^/@]*:[^/@]+@/.test(file.text('host') ?? '');

/** The place for people, without secrets. */
export function describePlace(place: LaunchPadPlace): string {
  switch (place.kind) {
    case 'embedded':
      return place.file;
    case 'server':
      return place.url;
    case 'mongodb':
      return describeMongoAddress(place);
  }
}
