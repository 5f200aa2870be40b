import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { FwId } from '@skyrocket/model/ids';
import { offlineFiles } from '@skyrocket/model/offline-documents';
import type { WorkerEnd } from '../../src/crew.ts';
import { offlineSpool, openOfflineBatch, openOfflineLaunch } from '../../src/offline/open-batch.ts';
import { type Recovery, recoverOffline } from '../../src/offline/recovering.ts';
import type { RapidfireOptions } from '../../src/rapidfire.ts';
import { rapidfire } from '../../src/rapidfire.ts';
import { singleshot } from '../../src/singleshot.ts';
import { createStop, type Stop } from '../../src/stop.ts';
import type { WorkerOptions } from '../../src/worker-options.ts';
import { nobody, untilDrained, type WorkerSite, workerSite } from '../worker-site.ts';

/** A site whose workers see directories only, and a login node that tells the launchpad. */
export interface OfflineSite extends WorkerSite {
  /** Reserves a Firework, and puts its files into a directory, as `qlaunch -r` does. Returns the directory. */
  submit(id: FwId, dir?: string): Promise<string>;
  /** `rlaunch singleshot --offline` in a directory. */
  runOne(dir: string, options?: Partial<WorkerOptions>): Promise<WorkerEnd>;
  /** `rlaunch rapidfire --offline` in the directory above all of them. */
  runBatch(options?: Partial<RapidfireOptions>, stop?: Stop): Promise<WorkerEnd>;
  /** `lpad recover_offline`. */
  recover(): Promise<Recovery>;
  batch: string;
}

export async function offlineSite(): Promise<OfflineSite> {
  const site = await workerSite();
  const { launchpad } = site;
  const { log } = site.worker();
  const batch = join(site.folder, 'batch');
  mkdirSync(batch);
  const offline = (directory: string): Pick<WorkerOptions, 'directory' | 'spool'> => ({
    ...{ directory, spool: offlineSpool(directory) },
  });
  return {
    ...site,
    batch,
    async submit(fwId, dir = join(batch, `launch-${fwId}`)) {
      mkdirSync(dir, { recursive: true });
      const { reservation } = await launchpad.reserve({
        ...{ key: randomUUID(), fworker: nobody, order: 'any', fwId },
        ...{ host: 'login', ip: '10.0.0.1', launchDir: dir },
      });
      if (!reservation) throw new SkyrocketError('NOT_FOUND', `Firework ${fwId} cannot be reserved`);
      const { uuid } = await launchpad.identity();
      for (const { name, text } of offlineFiles({ ...reservation, launchpad: uuid, dir }))
        writeFileSync(join(dir, name), text);
      await launchpad.registerOffline({ launchIds: [reservation.launchId] });
      return dir;
    },
    runOne: (dir, options) => {
      const worker = site.worker({ ...offline(dir), launchpad: openOfflineLaunch(dir), ...options });
      return singleshot(worker, { fwId: null, place: 'launch' }, createStop());
    },
    runBatch: (options = {}, stop = createStop()) => {
      const worker = site.worker({ ...offline(batch), launchpad: openOfflineBatch(batch, log) });
      return rapidfire(worker, { ...untilDrained, ...options, place: 'launch' }, stop);
    },
    recover: () => recoverOffline({ launchpad, log, fworker: null }),
  };
}
