import type { Sort } from '@skyrocket/contract/questions';
import type { CommandLine } from '../command-line/command-line.ts';
import { choice, integer } from '../command-line/option.ts';

export const displayFormats = ['less', 'more', 'all', 'ids', 'count', 'reservations'] as const;

export type DisplayFormat = (typeof displayFormats)[number];

const sortFields = ['created_on', 'updated_on'] as const;

/** How much of each entry a command shows, and in which order. */
export const displayOptions = {
  format: choice('-d --display_format', displayFormats, 'how much is shown of each (default: less)'),
  limit: integer('-m --max', 'N', { describe: 'show at most so many; 0: all', fallback: 0 }),
  sort: choice('--sort', sortFields, 'oldest first'),
  reverseSort: choice('--rsort', sortFields, 'newest first'),
};

export function displayFormat(line: CommandLine): DisplayFormat {
  return line.value(displayOptions.format) ?? 'less';
}

/** Order and limit, as questions take them. */
export function orderAndLimit(line: CommandLine): { sort?: Sort; limit?: number } {
  const limit = line.value(displayOptions.limit);
  const ascending = line.value(displayOptions.sort);
  const descending = line.value(displayOptions.reverseSort);
  const sort: Sort | null =
    ascending !== null
      ? { field: ascending, direction: 'ascending' }
      : descending !== null
        ? { field: descending, direction: 'descending' }
        : null;
  return { ...(sort && { sort }), ...(limit > 0 && { limit }) };
}
