/** A list of rows that can be walked through with j and k; one of them is open beside it. */
import type { ComponentChildren } from 'preact';
import { go } from '../route.ts';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** main: the link, first line on a phone · end: at the right of the first line · rest: below. */
  readonly place: 'main' | 'end' | 'rest';
  /** Numbers and amounts. */
  readonly isRight?: boolean;
  /** Left out while a detail stands beside the list, and on a phone. */
  readonly isExtra?: boolean;
  /** A line of its own on a phone. */
  readonly isWide?: boolean;
}

export interface TableProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly hrefOf: (row: T) => string;
  /** What the link of a row is called. */
  readonly nameOf: (row: T) => ComponentChildren;
  readonly selected?: string | undefined;
}

const classOf = <T,>({ place, isRight, isExtra, isWide }: Column<T>) =>
  `${place}${isRight ? ' right' : ''}${isExtra ? ' extra' : ''}${isWide ? ' wide' : ''}`;

export function Table<T>({ label, rows, columns, keyOf, hrefOf, nameOf, selected }: TableProps<T>) {
  return (
    <table class="list">
      <caption class="visually-hidden">{label}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.title} scope="col" class={classOf(column)}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const key = keyOf(row);
          return (
            // The link in the row does the same for the keyboard.
            <tr
              key={key}
              class={key === selected ? 'selected' : ''}
              onClick={(event) => openRow(event, hrefOf(row))}
            >
              {columns.map((column) => (
                <td key={column.title} class={classOf(column)}>
                  {column.place === 'main' ? (
                    <a
                      class="row-link"
                      data-row
                      data-key={key}
                      href={hrefOf(row)}
                      aria-current={key === selected ? 'true' : undefined}
                    >
                      {nameOf(row)}
                    </a>
                  ) : null}
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** A click anywhere in the row, unless it was on something of its own or marks text. */
function openRow(event: MouseEvent, to: string): void {
  const { target } = event;
  if (target instanceof Element && target.closest('a, button, input') !== null) return;
  if ((getSelection()?.toString() ?? '') !== '') return;
  go(to);
}
