import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import { SkyrocketError } from '@skyrocket/model/errors';
import { describePlace, type LaunchPadFile } from './launchpad-file.ts';

/**
 * Opens the launchpad that the configuration names. Only what this kind needs is loaded. The caller closes it.
 * @throws SkyrocketError BAD_CONFIGURATION, NOT_ALLOWED, STORE_*
 */
export async function openLaunchPad(file: LaunchPadFile, log: Log): Promise<LaunchPad> {
  const { place } = file;
  log.debug(
    `launchpad: ${describePlace(place)} (${file.source === null ? 'nothing is configured' : `named by ${file.source}`})`,
  );
  switch (place.kind) {
    case 'embedded': {
      const { openEmbeddedLaunchPad } = await import('@skyrocket/launchpad/open-embedded');
      return openEmbeddedLaunchPad({ file: place.file, log });
    }
    // MongoDB: `await import('@skyrocket/launchpad/open-mongodb')`, which takes a MongoDbPlace.
    case 'mongodb':
      throw notYet(file, 'host', 'MongoDB cannot be opened by this version');
    case 'server': {
      const { httpLaunchPad } = await import('./http-launchpad.ts');
      const { readToken, transportTo } = await import('./server-transport.ts');
      const transport = await transportTo(place, process.env);
      return httpLaunchPad({ url: place.url, token: readToken(place.token), transport });
    }
  }
}

function notYet(file: LaunchPadFile, key: string, sentence: string): SkyrocketError {
  return new SkyrocketError(
    'NOT_ALLOWED',
    `${file.source}, ${key}: ${sentence}; name a database file with "file:" instead, or use no my_launchpad.yaml at all`,
  );
}
