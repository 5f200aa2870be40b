import Table from 'cli-table3';
import colours from 'picocolors';

/** A column of a table. The `flexible` one is cut when the terminal is too narrow. */
export interface Column {
  title: string;
  align?: 'left' | 'right';
  flexible?: true;
  /** Colours a cell; only used where colours are wanted. */
  paint?(cell: string): string;
}

export interface TablePlace {
  /** Of the terminal; null: as wide as it takes. */
  columns: number | null;
  colour: boolean;
}

/** The place that standard output is. NO_COLOR is honoured. */
export function standardOutputPlace(): TablePlace {
  const terminal = process.stdout.isTTY === true;
  return { columns: terminal ? process.stdout.columns : null, colour: terminal && colours.isColorSupported };
}

const narrowest = 10;
const gap = 2;

/** A table without borders, for people; ends with a line feed. */
export function tableText(columns: readonly Column[], rows: readonly string[][], place: TablePlace): string {
  const clean = rows.map((row) => row.map(oneLine));
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...clean.map((row) => displayWidth(row[i] ?? ''))),
  );
  fit(columns, widths, place.columns);
  const table = new Table({
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colWidths: widths,
    colAligns: columns.map((column) => column.align ?? 'left'),
    head: columns.map((column) => column.title),
  });
  for (const row of clean) table.push(row.map((cell, i) => painted(cell, columns[i], place)));
  const lines = table.toString().split('\n');
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function painted(cell: string, column: Column | undefined, place: TablePlace): string {
  return place.colour && column?.paint ? column.paint(cell) : cell;
}

function fit(columns: readonly Column[], widths: number[], available: number | null): void {
  const flexible = columns.findIndex((column) => column.flexible);
  if (available === null || flexible < 0) return;
  const total = widths.reduce((sum, width) => sum + width + gap, -gap);
  const excess = total - available;
  if (excess > 0) widths[flexible] = Math.max(narrowest, (widths[flexible] ?? 0) - excess);
}

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(gap),
};

/** Control characters in names must not reach the terminal. */
const oneLine = (cell: string) => cell.replace(/\p{Cc}+/gu, ' ');

/** At least the columns that a text takes: letters of East Asia and pictures take two. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += /[\u1100-\uffff]|\p{Extended_Pictographic}/u.test(character) ? 2 : 1;
  return width;
}
