/** The address that the page is at. */
import { href, type Route, readRoute } from './address.ts';
import { useRerender } from './rerender.ts';

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
  useRerender((rerender) => {
    addEventListener('hashchange', rerender);
    return () => removeEventListener('hashchange', rerender);
  }, []);
  return readRoute(location.hash);
}
