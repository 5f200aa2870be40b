import { describePlace } from '@skyrocket/client/launchpad-file';
import { skyrocketVersion } from '@skyrocket/contract/version';
import type { UserValue } from '@skyrocket/model/user-data';
import { printDocument, printText } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';

/** Says which launchpad the configuration names, without opening it. */
export const command: LpadCommand = {
  options: [],
  async run(_line, { launchpadFile, config, output }) {
    const { place, source } = launchpadFile;
    const facts: [string, UserValue][] = [
      ['version', skyrocketVersion],
      ['launchpad', describePlace(place)],
      ['launchpad_kind', place.kind],
      ['launchpad_file', source],
      ['fw_config', config.source],
      ['node', process.versions.node],
    ];
    if (output === 'table') {
      printText(facts.map(([name, value]) => `${name.padEnd(16)}${value ?? 'none: defaults'}\n`).join(''));
    } else {
      await printDocument(new Map(facts), output);
    }
    return 0;
  },
};
