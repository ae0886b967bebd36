/** Placeholders for content: loading, empty, failed. */
import type { ComponentChildren } from 'preact';
import { type Failure, refresh, type View } from '../api.ts';
import { Icon } from './icons.tsx';

export const Loading = ({ lines = 5 }: { lines?: number }) => (
  <div class="loading" role="status">
    <span class="visually-hidden">Loading…</span>
    {Array.from({ length: lines }, (_, index) => (
      <span key={index} class="bone" />
    ))}
  </div>
);

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children === undefined ? null : <p>{children}</p>}
  </div>
);

export const FailureNote = ({ failure, again }: { failure: Failure; again?: () => void }) => (
  <div class="note bad" role="alert">
    <Icon name="alert" />
    <div>
      <p>{failure.error}</p>
      {failure.next === undefined ? null : <p class="faint">{failure.next}</p>}
      {again === undefined ? null : (
        <button type="button" class="button small" onClick={again}>
          Try again
        </button>
      )}
    </div>
  </div>
);

/** Shows the data that exists; old data stays while the server does not answer. */
export function Shown<T>({
  view,
  children,
  lines,
}: {
  view: View<T>;
  children: (data: T) => ComponentChildren;
  lines?: number;
}) {
  const { data, failure } = view;
  return (
    <>
      {/* When the server does not answer, the frame shows it. */}
      {failure !== undefined && (failure.status !== 0 || data === undefined) ? (
        <FailureNote failure={failure} again={() => refresh()} />
      ) : null}
      {data === undefined ? (
        failure === undefined ? (
          <Loading {...(lines === undefined ? {} : { lines })} />
        ) : null
      ) : (
        children(data)
      )}
    </>
  );
}
