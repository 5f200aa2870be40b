import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { fwId } from '@skyrocket/model/ids';
import { offlineFiles } from '@skyrocket/model/offline-documents';
import type { FWorker } from '@skyrocket/model/records';

const fworker: FWorker = { name: 'worker', category: '', query: new Map(), env: new Map() };

/** Reserves a Firework for running offline, and puts its files into a directory, which is made. */
export async function prepareRun(launchpad: LaunchPad, id: number, dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  const { reservation } = await launchpad.reserve({
    ...{ key: randomUUID(), fworker, order: 'any', fwId: fwId(id) },
    ...{ host: 'login', ip: '10.0.0.1', launchDir: dir },
  });
  if (!reservation) throw new Error(`Firework ${id} cannot be reserved`);
  const { uuid } = await launchpad.identity();
  for (const { name, text } of offlineFiles({ ...reservation, launchpad: uuid, dir }))
    writeFileSync(join(dir, name), text);
  await launchpad.registerOffline({ launchIds: [reservation.launchId] });
}
