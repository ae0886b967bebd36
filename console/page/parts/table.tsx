/** A list of rows, moved through with j and k; one of them may be open beside it. */
import type { ComponentChildren } from 'preact';
import { go } from '../route.ts';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** main: the link, first line on a phone · end: at the right of the first line · rest: below. */
  readonly place: 'main' | 'end' | 'rest';
  /** Aligned right, for numbers and amounts. */
  readonly isRight?: boolean;
  /** Hidden while a detail is beside the list, and on a phone. */
  readonly isExtra?: boolean;
  /** On a phone, on a line of its own. */
  readonly isWide?: boolean;
}

export interface TableProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly hrefOf: (row: T) => string;
  /** Content of a row's link. */
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
            // The row's link offers the same by keyboard.
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

/** Opens the row on a click anywhere in it, except on its own controls or while text is selected. */
function openRow(event: MouseEvent, to: string): void {
  const { target } = event;
  if (target instanceof Element && target.closest('a, button, input') !== null) return;
  if ((getSelection()?.toString() ?? '') !== '') return;
  go(to);
}
