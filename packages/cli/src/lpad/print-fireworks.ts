import type { FoundFirework } from '@skyrocket/contract/questions';
import { bareIfOne, type OutputFormat, printDocument, printText } from '../output/output.ts';
import type { DisplayFormat } from './display-options.ts';
import { fireworkDisplay } from './firework-display.ts';

/** Prints Fireworks that were asked for with `fireworkFields(format)`. */
export async function printFireworks(
  { count, fireworks }: { count: number; fireworks: FoundFirework[] },
  format: DisplayFormat,
  output: OutputFormat,
): Promise<void> {
  if (format === 'count') return printDocument(count, output);
  if (output === 'table' && (format === 'less' || format === 'more')) {
    const { fireworkTable } = await import('./firework-table.ts');
    return printText(fireworkTable(fireworks, format));
  }
  const shown = fireworks.map((firework) =>
    format === 'ids' ? firework.fwId : fireworkDisplay(firework, format),
  );
  return printDocument(bareIfOne(shown), output);
}
