import { writeSync } from 'node:fs';
import { emptyAction } from '@skyrocket/model/action';
import { newKey, userMap, workflowToAdd } from '../store-contract/samples.ts';
import { claim, end, register, start } from '../store-contract/steps.ts';
import { openSqliteStore } from './open-store.ts';

// Adds Workflows to a database file (the argument) and runs them, for ever; prints what has been acknowledged, as soon
// as it is. Each child of a Workflow counts how often its parent was completed.

const [file = ''] = process.argv.slice(2);
const acknowledged = (what: string, id: number) => writeSync(1, `${JSON.stringify([what, id])}\n`);
const store = await openSqliteStore(file);
await register(store, 'a');
for (;;) {
  const workflow = workflowToAdd({ links: { 1: [2, 3] }, specs: { 2: { n: 0 }, 3: { n: 0 } } });
  const { idMaps } = await store.addWorkflows({ key: newKey(), workflows: [workflow] });
  for (const id of idMaps.flatMap((ids) => [...ids.values()])) acknowledged('added', id);
  const { claims } = await claim(store, { count: 2 });
  for (const { launchId } of claims) acknowledged('claimed', launchId);
  for (const { launchId, firework } of claims) {
    await start(store, launchId);
    acknowledged('started', launchId);
    const action = { ...emptyAction(), modSpec: [userMap({ _inc: { n: 1 } })] };
    await end(store, launchId, { action });
    acknowledged('completed', firework.fwId);
  }
}
