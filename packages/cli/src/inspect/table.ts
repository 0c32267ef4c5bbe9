import Table from 'cli-table3';
import type { Paint } from '../terminal/output.js';
import { type Column, paintStatus, timeText } from './columns.js';
import { preview } from './preview.js';

const NO_BORDERS = {
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
  middle: '  ',
};

const createTable = (head: string[]): Table.Table =>
  new Table({
    head,
    chars: NO_BORDERS,
    // Colours are ours: this library cannot be told whether it writes to a terminal.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });

/** The lines of a table, without borders, so that other programs can split it. */
export function renderTable<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  paint: Paint,
): string {
  const table = createTable(columns.map(({ title }) => paint('bold', title)));
  for (const item of items) table.push(columns.map(({ cell }) => cell(item, paint)));
  return trimLines(table.toString());
}

/** One thing, a line for each of its fields. */
export function renderFields(fields: object, paint: Paint): string {
  const table = createTable([]);
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    table.push([paint('bold', name), fieldText(name, value, paint)]);
  }
  return trimLines(table.toString());
}

function fieldText(name: string, value: unknown, paint: Paint): string {
  if (value instanceof Date) return timeText(value);
  return name === 'status' ? paintStatus(String(value), paint) : preview(value);
}

const trimLines = (text: string): string => text.replaceAll(/ +$/gm, '');
