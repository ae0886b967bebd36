/** The keyboard: j, k or arrows move in lists, g and a letter opens a view; search, help, and back. */

import { href } from './address.ts';
import { focusNextSearch } from './parts/filters.tsx';
import { closeTo } from './parts/layout.tsx';
import { go } from './route.ts';

const VIEW_KEYS: Readonly<Record<string, string>> = {
  o: 'overview',
  r: 'requests',
  p: 'payments',
  b: 'orders',
  h: 'holds',
  u: 'undelivered',
  d: 'queues',
  q: 'quarantine',
  c: 'reconciliation',
  m: 'metrics',
  t: 'try',
};

export const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['j', '↓'], 'next row'],
  [['k', '↑'], 'row before'],
  [['Enter'], 'open the row beside the list'],
  [['Esc'], 'close what is open'],
  [['/'], 'search'],
  [['?'], 'these keys'],
  ...Object.entries(VIEW_KEYS).map(
    ([key, view]) => [['g', key], `go to ${view.replaceAll('-', ' ')}`] as const,
  ),
];

const PREFIX_MS = 1_500;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input:not([type=checkbox]), textarea, select') !== null;

/** Moves the focus among the rows of the list, from the focused row or else from the open one. */
function step(by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')];
  if (rows.length === 0) return false;
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const open = rows.findIndex((row) => row.getAttribute('aria-current') === 'true');
  const from = at >= 0 ? at : open;
  const next = from < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, from + by));
  rows[next]?.focus();
  rows[next]?.scrollIntoView({ block: 'nearest' });
  return true;
}

function search(): boolean {
  const field = document.querySelector<HTMLInputElement>('[data-search]');
  field?.focus();
  field?.select();
  return field !== null;
}

function close(): boolean {
  const to = document.querySelector<HTMLElement>('[data-close]')?.dataset.close;
  if (to === undefined) return false;
  closeTo(to);
  return true;
}

export function listenToKeys({ showKeys }: { readonly showKeys: () => void }): () => void {
  let prefixedAt = Number.NEGATIVE_INFINITY;
  const does = (key: string, at: number): boolean => {
    if (at - prefixedAt < PREFIX_MS && VIEW_KEYS[key] !== undefined) {
      prefixedAt = Number.NEGATIVE_INFINITY;
      go(href(VIEW_KEYS[key]));
      return true;
    }
    switch (key) {
      case 'j':
      case 'ArrowDown':
        return step(1);
      case 'k':
      case 'ArrowUp':
        return step(-1);
      case '/': {
        if (search()) return true;
        // Where nothing is searched, payments are: their field is there once the view is drawn.
        focusNextSearch();
        go(href('payments'));
        return true;
      }
      case '?':
        showKeys();
        return true;
      case 'Escape':
        return close();
      case 'g':
        prefixedAt = at;
        return true;
      default:
        return false;
    }
  };
  const listener = (event: KeyboardEvent) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector('dialog[open]') !== null) return;
    if (isTyping(target)) {
      if (key === 'Escape') (target as HTMLElement).blur();
      return;
    }
    // In a scrollable text the arrows scroll.
    if (key.startsWith('Arrow') && target instanceof Element && target.closest('pre') !== null) return;
    if (does(key, event.timeStamp)) event.preventDefault();
  };
  addEventListener('keydown', listener);
  return () => removeEventListener('keydown', listener);
}
