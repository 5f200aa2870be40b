// Serves a launchpad as `lpad serve` does, but with leases and upkeep that follow each other within seconds.
// Words: the database file, or the URI of a mongod whose database `fireworks` it is; the port; the length of a lease in
// seconds. Prints its address.

import { leaseTerms } from '@skyrocket/launchpad/lease-terms';
import { connect } from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import { prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { openDatabase } from '@skyrocket/launchpad/store/sqlite/open-database';
import { sqliteStore } from '@skyrocket/launchpad/store/sqlite/sqlite-store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { serve } from '@skyrocket/server/serve';
import { createServerLog } from '@skyrocket/server/server-log';

const [place = '', port = '0', lease = '4'] = process.argv.slice(2);
const leaseSeconds = Number(lease);
const terms = {
  ...leaseTerms,
  leaseSeconds,
  heartbeatSeconds: leaseSeconds / 3,
  watchGapSeconds: leaseSeconds / 2,
  upkeepSeconds: leaseSeconds,
};
const store = place.startsWith('mongodb:')
  ? mongoStore(await connect(settingsOf(place)))
  : sqliteStore(await openDatabase(await prepareDatabasePlace(place)));
const launchpad = storeLaunchPad(store, terms);
const server = await serve({
  launchpad,
  log: createServerLog('info'),
  host: '127.0.0.1',
  port: Number(port),
  tls: null,
  proxy: 'none',
  basePath: '',
  requestsPerMinute: 1_000_000,
  upkeepSeconds: 1,
});
process.stdout.write(`${server.url}\n`);
process.once('SIGTERM', async () => {
  await server.stop();
  await launchpad.close();
});

function settingsOf(uri) {
  return {
    ...{ uri, location: uri, database: 'fireworks', options: {}, actionBucket: 'fw_gridfs' },
    ...{ userIndexes: { fireworks: [], workflows: [] }, lockExpirationSeconds: 300, lockSeconds: 60 },
  };
}
