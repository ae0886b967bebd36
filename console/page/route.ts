/**
 * The address contains the whole state of the page: #/<view>/<id>?<filters>. Back, forward, reload and a copied link
 * restore it.
 */
import { useEffect, useReducer } from 'preact/hooks';

export interface Route {
  readonly view: string;
  /** Id of the item that is open beside the list. */
  readonly id: string | undefined;
  readonly query: URLSearchParams;
}

function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const slash = path.indexOf('/');
  const view = slash < 0 ? path : path.slice(0, slash);
  const id = slash < 0 ? '' : path.slice(slash + 1);
  return {
    view: view === '' ? 'overview' : view,
    id: id === '' ? undefined : decoded(id),
    query: new URLSearchParams(query),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function href(view: string, id?: string, query?: URLSearchParams): string {
  const text = query?.toString() ?? '';
  const path = id === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(id)}`;
  return text === '' ? path : `${path}?${text}`;
}

/** The address of a view as the server names it, with its query: "requests?status=4xx". */
export const hrefOf = (view: string): string => `#/${view}`;

export function go(to: string, { replace = false } = {}): void {
  if (to === location.hash) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/**
 * Changes filters in place; undefined and "" remove one. The cursor is removed, because other filters have other pages.
 */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const { view, id, query } = readRoute(location.hash);
  if (!('cursor' in changes)) query.delete('cursor');
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  }
  go(href(view, id, query), { replace: true });
}

export function useRoute(): Route {
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const listener = () => rerender(undefined);
    addEventListener('hashchange', listener);
    addEventListener('popstate', listener);
    return () => {
      removeEventListener('hashchange', listener);
      removeEventListener('popstate', listener);
    };
  }, []);
  return readRoute(location.hash);
}
