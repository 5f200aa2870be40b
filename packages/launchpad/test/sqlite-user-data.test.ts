import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { fwId } from '@skyrocket/model/ids';
import type { NewFirework, NewWorkflow } from '@skyrocket/model/records';
import type { UserMap } from '@skyrocket/model/user-data';
import fc from 'fast-check';
import { anyText, anyUserMap, exact } from '../../model/test/user-data-generators.ts';
import { claim, launch, register, report, start } from './launchpad-contract/worker-steps.ts';
import { openSqliteStore } from './programs/open-store.ts';
import { action, agentId, newKey, token } from './store-contract/samples.ts';

const anyParts = fc.record({
  spec: anyUserMap(),
  metadata: anyUserMap(),
  stored: anyUserMap(),
  update: anyUserMap(),
  checkpoint: anyUserMap(),
  name: anyText,
  directory: anyText,
  tracked: anyText,
});

describe('what users write, in a SQLite file', () => {
  let folder = '';
  let launchpad: LaunchPad;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skyrocket-'));
    launchpad = storeLaunchPad(await openSqliteStore(join(folder, 'launchpad.db')));
    await register(launchpad, 'a');
  });
  afterAll(async () => {
    await launchpad.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('comes back to the last bit, wherever it was written', async () => {
    await fc.assert(
      fc.asyncProperty(anyParts, async (parts) => {
        const { idMaps } = await launchpad.addWorkflows({ key: newKey(), workflows: [workflowOf(parts)] });
        const [parent, child] = [...(idMaps[0]?.values() ?? [])];
        if (parent === undefined || child === undefined) throw new Error('two Fireworks are needed');
        const [claimed] = (await claim(launchpad, { fwId: parent })).claims;
        if (!claimed) throw new Error('a claim is needed');
        const { launchId, firework } = claimed;
        expect([firework.name, exact(firework.spec)]).toEqual([parts.name, exact(parts.spec)]);

        await start(launchpad, launchId);
        const checkpoint = {
          taskIndex: 0,
          storedData: parts.checkpoint,
          updateSpec: parts.update,
          modSpec: [],
        };
        const trackers = [{ filename: parts.tracked, nlines: 1, allowZipped: false }];
        const pings = [{ launchId, token: token(`token of ${launchId}`), checkpoint, trackers }];
        await launchpad.heartbeat({ agentId: agentId('a'), pings });
        const told = action({ storedData: parts.stored, updateSpec: parts.update });
        await report(launchpad, launchId, { action: told, launchDir: parts.directory });

        const ended = await launch(launchpad, launchId);
        expect(exact(ended.action?.storedData ?? null)).toEqual(exact(parts.stored));
        expect(exact(ended.history[1]?.checkpoint?.storedData ?? null)).toEqual(exact(parts.checkpoint));
        expect([ended.launchDir, ended.trackers]).toEqual([parts.directory, trackers]);
        const { workflow, fireworks } = await launchpad.dumpWorkflow({ fwId: child });
        expect([workflow.name, exact(workflow.metadata)]).toEqual([parts.name, exact(parts.metadata)]);
        expect(exact(fireworks[1]?.spec ?? null)).toEqual(exact(new Map([...parts.spec, ...parts.update])));
      }),
      { numRuns: 150 },
    );
  });

  it('is found by its name, whatever that is', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (name) => {
        const workflow = workflowOf({ name, spec: new Map(), metadata: new Map() });
        const { idMaps } = await launchpad.addWorkflows({ key: newKey(), workflows: [workflow] });
        const filter = new Map([['name', name]]);
        const { fireworks } = await launchpad.findFireworks({ filter, fields: 'ids' });
        const { workflows } = await launchpad.findWorkflows({ filter, fields: 'ids' });
        const ids = [...(idMaps[0]?.values() ?? [])];
        expect(fireworks.map((one) => one.fwId)).toEqual(expect.arrayContaining(ids));
        expect(workflows.flatMap((one) => one.nodes)).toEqual(expect.arrayContaining(ids));
      }),
      { numRuns: 100 },
    );
  });
});

/** Two Fireworks with the same spec, one after the other. */
function workflowOf(parts: { spec: UserMap; metadata: UserMap; name: string }): NewWorkflow {
  const { spec, metadata, name } = parts;
  const firework = (id: number): NewFirework => ({
    fwId: fwId(id),
    name,
    spec,
    state: 'WAITING',
    launches: [],
    archivedLaunches: [],
  });
  return { name, metadata, fireworks: [firework(1), firework(2)], links: new Map([[fwId(1), [fwId(2)]]]) };
}
