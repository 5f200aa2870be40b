import { flag } from '../../command-line/option.ts';
import { embeddedNeedsNo } from '../embedded-needs-no.ts';

const full = flag('--full', 'accepted for FireWorks');

export const command = {
  ...embeddedNeedsNo('tuneup: its indexes are made with it and kept up to date'),
  options: [full],
};
