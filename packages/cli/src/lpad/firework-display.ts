import type { FindFireworks, FoundFirework } from '@skyrocket/contract/launchpad';
import { fireworkToDocument } from '@skyrocket/model/firework-document';
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

/** A Firework in FireWorks' shape: `less` and `more` are the whole document without what they leave out. */
export function fireworkDisplay(firework: FoundFirework, format: DisplayFormat): UserMap {
  const { launchRecords: active, archivedRecords: archived } = firework;
  const document = fireworkToDocument(firework, { active, archived });
  // A file leaves this state out; a display does not.
  document.set('state', firework.state);
  if (format === 'less' || format === 'more') {
    document.delete('spec');
    document.delete('archived_launches');
  }
  if (format === 'less') document.delete('launches');
  return document;
}
