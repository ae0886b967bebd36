/** Filters are stored in the address. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Page } from '../../contract.ts';
import { reread } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { setQuery } from '../route.ts';
import { grouped, providerTitle } from '../text.ts';
import { Icon } from './icons.tsx';
import { Time } from './values.tsx';

const LIMIT = 50;

/** The path of a list's view with those filters that the address sets. */
export function listPath(view: string, filters: readonly string[], query: URLSearchParams): string {
  const params = new URLSearchParams({ limit: String(LIMIT) });
  for (const name of filters) {
    const value = query.get(name);
    if (value !== null) params.set(name, value);
  }
  return `${view}?${params}`;
}

const TYPING_MS = 250;

let wantsFocus = false;

/** The next search field that is drawn gets the focus. */
export const focusNextSearch = (): void => {
  wantsFocus = true;
};

export function Search({ query, label }: { query: URLSearchParams; label: string }) {
  const value = query.get('q') ?? '';
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
  readonly query: URLSearchParams;
  /** Pairs of value and text; "" means no filter. */
  readonly options: readonly (readonly [string, string])[];
  /** Text of the option without a filter; absent: the label. */
  readonly none?: string | undefined;
}

export function Select({ name, label, query, options, none = label }: SelectProps) {
  const value = query.get(name) ?? '';
  return (
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
}

export function ProviderSelect({ query, none }: { query: URLSearchParams; none?: string | undefined }) {
  const providers = new Set(useCapabilities().accounts.map(({ provider }) => provider));
  const options = [...providers].map((name) => [name, providerTitle(name)] as const);
  return <Select name="provider" label="Provider" query={query} options={options} none={none} />;
}

interface ToggleProps {
  readonly name: string;
  readonly label: string;
  readonly query: URLSearchParams;
}

export function Toggle({ name, label, query }: ToggleProps) {
  const isOn = query.get(name) === '1';
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={isOn}
      onClick={() => setQuery({ [name]: isOn ? '' : '1' })}
    >
      {label}
    </button>
  );
}

interface PagerProps {
  readonly shown: number;
  /** The list; without `readAt` the table is read on each request. */
  readonly list: Page & { readonly total: number; readonly readAt?: string };
  readonly query: URLSearchParams;
}

/**
 * Cursors lead forwards only, so the preceding ones are remembered here; without one, "back" leads to the first page.
 */
const earlier = new Map<string, string>();

export function Pager({ shown, list: { total, next, more, readAt }, query }: PagerProps) {
  const { local } = useCapabilities();
  const cursor = query.get('cursor') ?? undefined;
  const forward = () => {
    if (next === undefined) return;
    earlier.set(next, cursor ?? '');
    setQuery({ cursor: next });
  };
  return (
    <nav class="pager" aria-label="Pages">
      <span class="faint">
        {`${grouped(shown)} of ${grouped(total)}`}
        {more ? ', and more than was read: narrow the filters' : ''}
      </span>
      {readAt === undefined || local ? null : (
        <span class="faint">
          Table read <Time at={readAt} />
          <button type="button" class="button small" onClick={() => void reread().catch(() => {})}>
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
