/** Placeholders for content: loading, empty, failed. */
import type { ComponentChildren } from 'preact';
import { type Failure, refresh, type View } from '../api.ts';
import { Icon } from './icons.tsx';

export const Loading = ({ lines = 5 }: { lines?: number | undefined }) => (
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

interface NoteProps {
  readonly tone: 'good' | 'bad' | 'wait';
  readonly role?: 'alert' | 'status';
  readonly children: ComponentChildren;
}

export const Note = ({ tone, role, children }: NoteProps) => (
  <div class={`note ${tone}`} role={role}>
    <Icon name={tone === 'good' ? 'check' : 'alert'} />
    <div>{children}</div>
  </div>
);

export const FailureNote = ({ failure, again }: { failure: Failure; again?: () => void }) => (
  <Note tone="bad" role="alert">
    <p>{failure.error}</p>
    {failure.next === undefined ? null : <p class="faint">{failure.next}</p>}
    {again === undefined ? null : (
      <button type="button" class="button small" onClick={again}>
        Try again
      </button>
    )}
  </Note>
);

interface ShownProps<T> {
  readonly view: View<T>;
  readonly children: (data: T) => ComponentChildren;
  readonly lines?: number | undefined;
}

/** Shows the data that exists; old data stays while the server does not answer. */
export function Shown<T>({ view: { data, failure }, children, lines }: ShownProps<T>) {
  return (
    <>
      {/* When the server does not answer, the frame shows it. */}
      {failure !== undefined && (failure.status !== 0 || data === undefined) ? (
        <FailureNote failure={failure} again={() => refresh()} />
      ) : null}
      {data === undefined && failure === undefined ? <Loading lines={lines} /> : null}
      {data === undefined ? null : children(data)}
    </>
  );
}
