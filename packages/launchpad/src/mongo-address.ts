import { SkyrocketError } from '@skyrocket/model/errors';

/** Where a MongoDB database is, in the words of my_launchpad.yaml (format §10.1). */
export interface MongoAddress {
  /**
   * A whole URI when `uriMode`, or where it has `://`. Else a host name; as Python's driver has it, also several with
   * commas between, each with a port of its own or without.
   */
  host: string;
  port: number;
  /** The database. */
  name: string;
  uriMode: boolean;
}

/** @throws SkyrocketError BAD_CONFIGURATION where a URI must stand and none does */
export function uriOf({ host, port, uriMode }: MongoAddress): string {
  if (isUri(host)) return host;
  if (!uriMode) return `mongodb://${hostsOf(host, port)}/`;
  throw new SkyrocketError(
    'BAD_CONFIGURATION',
    `my_launchpad.yaml, host: with uri_mode it is a URI such as mongodb://user:password@host:27017/, not "${host}"`,
  );
}

/** The database for people, without user name, password or options, some of which are secrets too. */
export function describeMongoAddress({ host, port, name }: Omit<MongoAddress, 'uriMode'>): string {
  if (!isUri(host)) return `mongodb://${hostsOf(host, port)}/${name}`;
  // A password may hold a slash that should have been written as %2F.
  const [, scheme = '', hosts = ''] = /^(\w[\w+]*:\/\/)(?:[^?]*@)?([^/?]*)/.exec(host) ?? [];
  return `${scheme}${hosts}/${name}`;
}

const isUri = (host: string) => host.includes('://');

const hostsOf = (hosts: string, port: number) =>
  hosts
    .split(',')
    .map((host) => withPort(host.trim(), port))
    .join(',');

function withPort(host: string, port: number): string {
  const isBareIPv6 = !host.startsWith('[') && host.split(':').length > 2;
  if (isBareIPv6) return `[${host}]:${port}`;
  return /:\d+$/.test(host) ? host : `${host}:${port}`;
}
