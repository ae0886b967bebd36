/** A list of rows, moved through with j and k; one of them may be open beside it. */
import type { ComponentChildren } from 'preact';
import { go } from '../route.ts';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** On a phone. main: the link, first line · end: at the right of the first line · absent: below. */
  readonly place?: 'main' | 'end';
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
  /** Shown instead of a table without rows. */
  readonly empty?: ComponentChildren;
  /** Shown below the table: that there are more rows. */
  readonly more?: string | false;
}

const classOf = <T,>({ place, isRight, isExtra, isWide }: Column<T>) =>
  `${place ?? 'rest'}${isRight ? ' right' : ''}${isExtra ? ' extra' : ''}${isWide ? ' wide' : ''}`;

export function Table<T>(props: TableProps<T>) {
  const { rows, empty, more = false } = props;
  if (rows.length === 0 && empty !== undefined) return empty;
  return (
    <>
      <Rows {...props} />
      {more === false ? null : <p class="faint pad">{more}</p>}
    </>
  );
}

function Rows<T>({ label, rows, columns, keyOf, hrefOf, nameOf, selected }: TableProps<T>) {
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

interface SimpleTableProps {
  readonly label: string;
  readonly titles: readonly ComponentChildren[];
  /** Of the last column. */
  readonly last?: 'amounts' | 'buttons' | 'text';
  readonly children: ComponentChildren;
}

/** A table whose rows lead nowhere. */
export const SimpleTable = ({ label, titles, last = 'text', children }: SimpleTableProps) => (
  <table class={`simple last-${last}`}>
    <caption class="visually-hidden">{label}</caption>
    <thead>
      <tr>
        {titles.map((title, index) => (
          <th key={index} scope="col">
            {title}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>{children}</tbody>
  </table>
);

/** Opens the row on a click anywhere in it, except on its own controls or while text is selected. */
function openRow(event: MouseEvent, to: string): void {
  const { target } = event;
  if (target instanceof Element && target.closest('a, button, input') !== null) return;
  if ((getSelection()?.toString() ?? '') !== '') return;
  go(to);
}
