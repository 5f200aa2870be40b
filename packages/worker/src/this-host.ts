import { hostname, networkInterfaces } from 'node:os';

/** The name and the first address of this host, as Launches tell them: format §2.3. */
export function thisHost(): { host: string; ip: string } {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const ip = addresses.find((address) => address.family === 'IPv4' && !address.internal)?.address;
  return { host: hostname(), ip: ip ?? '127.0.0.1' };
}
