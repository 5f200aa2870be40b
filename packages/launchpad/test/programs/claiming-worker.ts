import { writeSync } from 'node:fs';
import { agent, agentId, fworker, userMap } from '../store-contract/samples.ts';
import { claim, claimed } from '../store-contract/steps.ts';
import { openSqliteStore } from './open-store.ts';

// Claims from a database file (first argument) as the agent of a name (second argument), with the worker's query (third
// argument, JSON), until nothing is left, and prints the Fireworks of each claim.

const [file = '', name = '', query = '{}'] = process.argv.slice(2);
const worker = fworker({ query: userMap(JSON.parse(query)) });
const store = await openSqliteStore(file);
await store.registerAgent(agent(name));
for (let count = 1; ; count = (count % 3) + 1) {
  const answer = await claim(store, { agentId: agentId(name), fworker: worker, count });
  if (answer.claims.length > 0) writeSync(1, `${JSON.stringify(claimed(answer))}\n`);
  if (answer.exhausted) break;
}
await store.close();
