/** Filters are stored in the address. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { readOnce } from '../api.ts';
import { setQuery } from '../route.ts';
import { grouped } from '../text.ts';
import { Icon } from './icons.tsx';
import { Time } from './values.tsx';

const TYPING_MS = 250;

let wantsFocus = false;

/** The next search field that is drawn gets the focus. */
export const focusNextSearch = (): void => {
  wantsFocus = true;
};

export function Search({ value, label }: { value: string; label: string }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (wantsFocus) field.current?.focus();
    wantsFocus = false;
  }, []);
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(value), [value]);
  const change = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuery({ q: next.trim() }), TYPING_MS);
  };
  return (
    <label class="search">
      <span class="visually-hidden">{label}</span>
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        data-search
        placeholder={label}
        value={text}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => change(event.currentTarget.value)}
      />
      <span class="key">/</span>
    </label>
  );
}

interface SelectProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  /** Pairs of value and text; "" means no filter. */
  readonly options: readonly (readonly [string, string])[];
  /** Text of the option without a filter; absent: the label. */
  readonly none?: string;
}

export const Select = ({ name, label, value, options, none = label }: SelectProps) => (
  <label class={`select${value === '' ? '' : ' set'}`}>
    <span class="visually-hidden">{label}</span>
    <select value={value} onChange={(event) => setQuery({ [name]: event.currentTarget.value })}>
      <option value="">{none}</option>
      {/* A filter value that is in the address but not among the options, such as one status. */}
      {value === '' || options.some(([option]) => option === value) ? null : (
        <option value={value}>{value}</option>
      )}
      {options.map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  </label>
);

export const Toggle = ({ name, label, value }: { name: string; label: string; value: string }) => (
  <button
    type="button"
    class="chip"
    aria-pressed={value === '1'}
    onClick={() => setQuery({ [name]: value === '1' ? '' : '1' })}
  >
    {label}
  </button>
);

interface PagerProps {
  readonly shown: number;
  readonly total?: number;
  readonly cursor: string | undefined;
  readonly next: string | undefined;
  /** Whether the table has more than was read. */
  readonly more: boolean;
  /** When the table was read; absent if it is read on each request. */
  readonly readAt?: string | undefined;
}

/**
 * Cursors lead forwards only, so the preceding ones are remembered here; without one, "back" leads to the first page.
 */
const earlier = new Map<string, string>();

export function Pager({ shown, total, cursor, next, more, readAt }: PagerProps) {
  const forward = () => {
    if (next === undefined) return;
    earlier.set(next, cursor ?? '');
    setQuery({ cursor: next });
  };
  const count = total === undefined ? grouped(shown) : `${grouped(shown)} of ${grouped(total)}`;
  return (
    <nav class="pager" aria-label="Pages">
      <span class="faint">
        {count}
        {more ? ', and more than was read: narrow the filters' : ''}
      </span>
      {readAt === undefined ? null : (
        <span class="faint read-at">
          Table read <Time at={readAt} />
          <button type="button" class="button small" onClick={() => void readOnce('reread').catch(() => {})}>
            Read again
          </button>
        </span>
      )}
      <span class="tools">
        <button
          type="button"
          class="button small"
          disabled={cursor === undefined}
          onClick={() => setQuery({ cursor: earlier.get(cursor ?? '') ?? '' })}
        >
          Newer
        </button>
        <button type="button" class="button small" disabled={next === undefined} onClick={forward}>
          Older
        </button>
      </span>
    </nav>
  );
}
