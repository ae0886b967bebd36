/**
 * The address contains the whole state of the page: #/<view>/<id>?<filters>. Back, forward, reload and a copied link
 * restore it.
 */

export interface Route {
  readonly view: string;
  /** Id of the item that is open beside the list. */
  readonly id: string | undefined;
  readonly query: URLSearchParams;
}

export function readRoute(hash: string): Route {
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
