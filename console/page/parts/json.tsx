/** JSON as text, shown on demand. */
import { useState } from 'preact/hooks';
import { useView } from '../api.ts';
import { Shown } from './states.tsx';

export const JsonText = ({ value }: { value: unknown }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
  <pre class="json" tabIndex={0}>
    {JSON.stringify(value, null, 2)}
  </pre>
);

/** Loads and shows the answer of the path when it is opened. */
export function JsonOnDemand({ path, label }: { path: string; label: string }) {
  const [isOpen, setOpen] = useState(false);
  const view = useView(isOpen ? path : undefined, { live: false });
  return (
    <details class="on-demand" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{label}</summary>
      {isOpen ? (
        <Shown view={view} lines={2}>
          {(value) => <JsonText value={value} />}
        </Shown>
      ) : null}
    </details>
  );
}

/** Formats the value only when it is opened: a timeline has hundreds of them. */
export function JsonOf({ value, label }: { value: unknown; label: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="on-demand" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{label}</summary>
      {isOpen ? <JsonText value={value} /> : null}
    </details>
  );
}
