import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import type { FWConfig } from './fw-config.ts';
import { describePlace, type LaunchPadFile } from './launchpad-file.ts';

/**
 * Opens the launchpad that the configuration names. Only what this kind needs is loaded. The caller closes it.
 * @throws SkyrocketError BAD_CONFIGURATION, NOT_ALLOWED, STORE_*
 */
export async function openLaunchPad(
  file: LaunchPadFile,
  { log, config }: { log: Log; config: Pick<FWConfig, 'lockExpirationSeconds' | 'actionBucket'> },
): Promise<LaunchPad> {
  const { place } = file;
  log.debug(
    `launchpad: ${describePlace(place)} (${file.source === null ? 'nothing is configured' : `named by ${file.source}`})`,
  );
  switch (place.kind) {
    case 'embedded': {
      const { openEmbeddedLaunchPad } = await import('@skyrocket/launchpad/open-embedded');
      return openEmbeddedLaunchPad({ file: place.file, log });
    }
    case 'mongodb': {
      const { openMongoLaunchPad } = await import('@skyrocket/launchpad/open-mongodb');
      const { lockExpirationSeconds, actionBucket } = config;
      return openMongoLaunchPad({ place, log, terms: { lockExpirationSeconds, actionBucket } });
    }
    case 'server': {
      const { httpLaunchPad } = await import('./http-launchpad.ts');
      const { readToken, transportTo } = await import('./server-transport.ts');
      const transport = await transportTo(place, process.env);
      return httpLaunchPad({ url: place.url, token: readToken(place.token), transport });
    }
  }
}
