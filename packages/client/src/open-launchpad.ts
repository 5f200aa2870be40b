import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import type { FWConfig } from './fw-config.ts';
import { describePlace, type LaunchPadFile } from './launchpad-file.ts';

/** What the configuration says of launchpads that are opened here. */
export type LaunchPadTerms = Pick<
  FWConfig,
  'lockExpirationSeconds' | 'actionBucket' | 'runExpirationSeconds' | 'reservationExpirationSeconds'
>;

/**
 * Opens the launchpad that the configuration names. Only what this kind needs is loaded. The caller closes it.
 * @throws SkyrocketError BAD_CONFIGURATION, NOT_ALLOWED, STORE_*
 */
export async function openLaunchPad(
  file: LaunchPadFile,
  { log, config }: { log: Log; config: LaunchPadTerms },
): Promise<LaunchPad> {
  const { place } = file;
  log.debug(
    `launchpad: ${describePlace(place)} (${file.source === null ? 'nothing is configured' : `named by ${file.source}`})`,
  );
  switch (place.kind) {
    case 'embedded': {
      const { openEmbeddedLaunchPad } = await import('@skyrocket/launchpad/open-embedded');
      return openEmbeddedLaunchPad({ file: place.file, log, expirations: config });
    }
    case 'mongodb': {
      const { openMongoLaunchPad } = await import('@skyrocket/launchpad/open-mongodb');
      const { lockExpirationSeconds, actionBucket } = config;
      const terms = { lockExpirationSeconds, actionBucket };
      return openMongoLaunchPad({ place, log, terms, expirations: config });
    }
    case 'server': {
      const { httpLaunchPad } = await import('./http-launchpad.ts');
      const { readToken, transportTo } = await import('./server-transport.ts');
      const transport = await transportTo(place, process.env);
      return httpLaunchPad({ url: place.url, token: readToken(place.token), transport });
    }
  }
}
