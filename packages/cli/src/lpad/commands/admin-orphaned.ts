import { flag } from '../../command-line/option.ts';
import { displayOptions } from '../display-options.ts';
import { embeddedNeedsNo } from '../embedded-needs-no.ts';

const remove = flag('--remove', 'accepted for FireWorks');
const launchDirectories = flag('--ldirs', 'accepted for FireWorks');

const { options, run } = embeddedNeedsNo('search for orphans: each of its Fireworks belongs to a Workflow');

export const command = {
  run,
  options: [...options, ...Object.values(displayOptions), remove, launchDirectories],
};
