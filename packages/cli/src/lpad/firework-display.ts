import type { FindFireworks, FoundFirework } from '@skyrocket/contract/questions';
import { launchToDocument } from '@skyrocket/model/launch-document';
import type { UserMap } from '@skyrocket/model/user-data';
import type { DisplayFormat } from './display-options.ts';

/** What must be asked of the launchpad for a display format. */
export function fireworkFields(format: DisplayFormat): FindFireworks['fields'] {
  switch (format) {
    case 'less':
      return 'summary';
    case 'more':
      return 'launches';
    case 'reservations':
      return 'all';
    default:
      return format;
  }
}

/** A Firework in FireWorks' shape: its members in FireWorks' order, with WAITING behind the name. */
export function fireworkDisplay(firework: FoundFirework, format: DisplayFormat): UserMap {
  const { launchRecords, archivedRecords, state } = firework;
  const whole = format === 'all' || format === 'reservations';
  const display: UserMap = new Map(whole ? [['spec', firework.spec]] : []);
  display.set('fw_id', firework.fwId);
  display.set('created_on', firework.createdOn);
  display.set('updated_on', firework.updatedOn);
  if (format !== 'less' && launchRecords.length > 0)
    display.set('launches', launchRecords.map(launchToDocument));
  if (whole && archivedRecords.length > 0) {
    display.set('archived_launches', archivedRecords.map(launchToDocument));
  }
  // A file leaves WAITING out, and a display is made from a file's form.
  if (state !== 'WAITING') display.set('state', state);
  display.set('name', firework.name);
  return display.set('state', state);
}
