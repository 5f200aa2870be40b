import type { FoundFirework } from '@skyrocket/contract/questions';
import { localMoment } from '../output/local-moment.ts';
import { paintStates } from '../output/state-colours.ts';
import { type Column, standardOutputPlace, tableText } from '../output/table.ts';

/** Fireworks for a person at a terminal. `more`: also where the last Launch ran. */
export function fireworkTable(fireworks: FoundFirework[], format: 'less' | 'more'): string {
  if (fireworks.length === 0) return 'no Firework matches\n';
  const place = standardOutputPlace();
  return format === 'less'
    ? tableText(fireworkColumns, fireworks.map(fireworkRow), place)
    : tableText(launchColumns, fireworks.map(launchRow), place);
}

const fireworkColumns: readonly Column[] = [
  { title: 'FW_ID', align: 'right' },
  { title: 'STATE', paint: paintStates },
  { title: 'NAME', flexible: true },
  { title: 'UPDATED' },
];

const fireworkRow = (firework: FoundFirework): string[] => [
  String(firework.fwId),
  firework.state,
  firework.name,
  localMoment(firework.updatedOn),
];

const launchColumns: readonly Column[] = [
  ...fireworkColumns,
  { title: 'LAUNCHES', align: 'right' },
  { title: 'HOST' },
  { title: 'LAUNCH DIRECTORY' },
];

function launchRow(firework: FoundFirework): string[] {
  const last = firework.launchRecords.at(-1);
  return [
    ...fireworkRow(firework),
    String(firework.launchRecords.length),
    last?.host ?? '',
    last?.launchDir ?? '',
  ];
}
