import { SkyrocketError } from '@skyrocket/model/errors';
import { Float, isTruthy, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { MongoClientOptions } from 'mongodb';

/** What `mongoclient_kwargs` come to. */
export interface TranslatedOptions {
  options: MongoClientOptions;
  /** Names that have no effect here, since the launchpad itself decides what they say. */
  ignored: string[];
}

/** Names of Python's driver that the Node driver knows too; Python takes them in any case. */
const sameNames = [
  'tls',
  'tlsCAFile',
  'tlsCertificateKeyFile',
  'tlsCertificateKeyFilePassword',
  'tlsCRLFile',
  'tlsAllowInvalidCertificates',
  'tlsAllowInvalidHostnames',
  'tlsInsecure',
  'replicaSet',
  'authSource',
  'authMechanism',
  'authMechanismProperties',
  'directConnection',
  'loadBalanced',
  'maxPoolSize',
  'minPoolSize',
  'maxIdleTimeMS',
  'maxConnecting',
  'socketTimeoutMS',
  'connectTimeoutMS',
  'serverSelectionTimeoutMS',
  'waitQueueTimeoutMS',
  'heartbeatFrequencyMS',
  'localThresholdMS',
  'appName',
  'compressors',
  'zlibCompressionLevel',
  'srvServiceName',
  'srvMaxHosts',
  'serverMonitoringMode',
  'retryReads',
] as const;

const known: ReadonlyMap<string, string> = new Map([
  ...sameNames.map((name) => [name.toLowerCase(), name] as const),
  // Names that Python's driver had before its version 4.
  ['ssl', 'tls'],
  ['ssl_ca_certs', 'tlsCAFile'],
  ['ssl_certfile', 'tlsCertificateKeyFile'],
  ['ssl_pem_passphrase', 'tlsCertificateKeyFilePassword'],
  ['ssl_crlfile', 'tlsCRLFile'],
]);

/**
 * How writes are acknowledged and tried again, and where is read from: the launchpad promises what it says, so no option may
 * take that away. The others concern only Python.
 */
const decidedHere: ReadonlySet<string> = new Set([
  ...['w', 'j', 'journal', 'fsync', 'wtimeout', 'wtimeoutms', 'retrywrites'],
  ...['readpreference', 'readpreferencetags'],
  ...[
    'readconcernlevel',
    'maxstalenessseconds',
    'uuidrepresentation',
    'tz_aware',
    'connect',
    'document_class',
  ],
  ...[
    'datetime_conversion',
    'unicode_decode_error_handler',
    'event_listeners',
    'type_registry',
    'tzinfo',
    'driver',
  ],
  ...['tlsdisableocspendpointcheck', 'server_api', 'timeoutms', 'ssl_keyfile'],
]);

/** Options of Python's driver in the words of ours. @throws BAD_CONFIGURATION for names and values that are none */
export function translateOptions(kwargs: UserMap): TranslatedOptions {
  const options: Record<string, unknown> = {};
  const ignored: string[] = [];
  for (const [name, value] of kwargs) {
    const lower = name.toLowerCase();
    const ours = known.get(lower);
    if (ours !== undefined) options[ours] = plainOption(name, value);
    else if (lower === 'username' || lower === 'password') continue;
    else if (decidedHere.has(lower)) ignored.push(name);
    else if (lower === 'ssl_cert_reqs') options.tlsAllowInvalidCertificates = isWithoutCheck(value);
    else if (lower === 'ssl_match_hostname') options.tlsAllowInvalidHostnames = !isTruthy(value);
    else throw unknown(name);
  }
  return { options: { ...options, ...userIn(kwargs) }, ignored };
}

/** With `uri_mode` FireWorks hands all of them to its driver, and thereby these two, which need no escapes. */
function userIn(kwargs: UserMap): Pick<MongoClientOptions, 'auth'> {
  const username = kwargs.get('username');
  if (typeof username !== 'string') return {};
  const password = kwargs.get('password');
  return { auth: { username, password: typeof password === 'string' ? password : '' } };
}

function plainOption(name: string, value: UserValue): unknown {
  if (typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number') return value;
  if (value instanceof Float) return value.value;
  if (Array.isArray(value)) return value.map((item) => plainOption(name, item));
  if (isUserMap(value))
    return Object.fromEntries([...value].map(([key, item]) => [key, plainOption(name, item)]));
  throw new SkyrocketError(
    'BAD_CONFIGURATION',
    `my_launchpad.yaml, mongoclient_kwargs, ${name}: this value cannot be used; take the key out if it is to have none`,
  );
}

/** `CERT_NONE` is 0 in Python. */
function isWithoutCheck(value: UserValue): boolean {
  return value === 0 || value === 'CERT_NONE';
}

function unknown(name: string): SkyrocketError {
  return new SkyrocketError(
    'BAD_CONFIGURATION',
    `my_launchpad.yaml, mongoclient_kwargs: ${name} is no option of MongoDB's driver that is known here; take it out, or correct its name`,
  );
}

/**
 * A connection string without the options that only Python's driver knows, or that the launchpad decides itself; the
 * Node driver refuses names that it does not know.
 */
export function translateUri(uri: string): { uri: string; ignored: string[] } {
  const [address = '', query = ''] = uri.split('?', 2);
  const ignored: string[] = [];
  const kept = query.split('&').filter((pair) => {
    const name = decodeURIComponent(pair.split('=')[0] ?? '');
    if (!decidedHere.has(name.toLowerCase())) return pair !== '';
    ignored.push(name);
    return false;
  });
  return { uri: kept.length === 0 ? address : `${address}?${kept.join('&')}`, ignored };
}
