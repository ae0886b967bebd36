/** A view: its title, filters, a list, and the open item beside it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { href } from '../address.ts';
import { go } from '../route.ts';
import { Icon } from './icons.tsx';

interface ViewProps {
  readonly title: string;
  /** One sentence about the view. */
  readonly says?: string;
  readonly tools?: ComponentChildren;
  readonly filters?: ComponentChildren;
  readonly children: ComponentChildren;
  /** The open item, beside the list. */
  readonly detail?: ComponentChildren;
}

export function ViewLayout({ title, says, tools, filters, children, detail }: ViewProps) {
  useEffect(() => {
    document.title = `${title} · Payhooks`;
  }, [title]);
  const isSplit = detail !== undefined && detail !== null;
  return (
    <div class={`view${isSplit ? ' split' : ''}`}>
      <section class="master" aria-label={title}>
        <header class="view-header">
          <div class="view-heading">
            <h1 tabIndex={-1}>{title}</h1>
            {says === undefined ? null : <p class="faint">{says}</p>}
          </div>
          {tools === undefined ? null : <div class="tools">{tools}</div>}
        </header>
        {filters === undefined ? null : <div class="filters">{filters}</div>}
        <div class="content">{children}</div>
      </section>
      {isSplit ? detail : null}
    </div>
  );
}

interface DetailProps {
  /** Id of the open item; when it changes, its title gets the focus. */
  readonly id: string;
  readonly kind: string;
  readonly title: ComponentChildren;
  readonly view: string;
  readonly query: URLSearchParams;
  readonly children: ComponentChildren;
}

export function Detail({ id, kind, title, view, query, children }: DetailProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    heading.current?.closest('.detail')?.scrollTo({ top: 0 });
  }, [id]);
  const close = href(view, undefined, query);
  return (
    <section class="detail" aria-label={kind} data-close={close}>
      <header class="detail-header">
        <a
          class="icon-button back"
          href={close}
          aria-label="Back to the list"
          onClick={(event) => closeDetail(event, close)}
        >
          <Icon name="back" />
        </a>
        <div class="detail-heading">
          <p class="kind">{kind}</p>
          <h2 ref={heading} tabIndex={-1}>
            {title}
          </h2>
        </div>
        <a
          class="icon-button close"
          href={close}
          aria-label="Close"
          title="Close (Esc)"
          onClick={(event) => closeDetail(event, close)}
        >
          <Icon name="close" />
        </a>
      </header>
      <div class="detail-body">{children}</div>
    </section>
  );
}

function closeDetail(event: Event, to: string): void {
  event.preventDefault();
  closeTo(to);
}

/** Goes back to the list, and focuses the row that was open. */
export function closeTo(to: string): void {
  const row = document.querySelector<HTMLElement>('[data-row][aria-current="true"]');
  go(to);
  row?.focus();
}

interface SectionProps {
  readonly title: string;
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}

export const Section = ({ title, tools, children }: SectionProps) => (
  <section class="section">
    <div class="section-header">
      <h3>{title}</h3>
      {tools === undefined ? null : <div class="tools">{tools}</div>}
    </div>
    {children}
  </section>
);

interface CalloutProps {
  readonly title?: string;
  /** For screen readers; absent: the title. */
  readonly label?: string;
  readonly children: ComponentChildren;
}

export const Callout = ({ title = 'What to do', label = title, children }: CalloutProps) => (
  <section class="callout" aria-label={label}>
    <h3>{title}</h3>
    {children}
  </section>
);

interface CardProps extends CalloutProps {
  readonly title: string;
  /** At the right of the title. */
  readonly beside?: ComponentChildren;
  /** The list in it reaches to its edges. */
  readonly isFlush?: boolean;
}

export const Card = ({ title, label = title, beside, isFlush = false, children }: CardProps) => (
  <section class={`card${isFlush ? ' flush' : ''}`} aria-label={label}>
    <header>
      <h2>{title}</h2>
      {beside}
    </header>
    {children}
  </section>
);

export type NameValueRow = readonly [name: string, value: ComponentChildren];

/** A list of names and values; a name without a value is left out. */
export const NameValues = ({ rows }: { rows: readonly NameValueRow[] }) => (
  <dl class="name-values">
    {rows
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
);
