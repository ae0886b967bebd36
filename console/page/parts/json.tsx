/** JSON as text, shown on demand. */
import { useState } from 'preact/hooks';
import { type Failure, isFailure, readOnce } from '../api.ts';
import { FailureNote, Loading } from './states.tsx';

export const JsonText = ({ value }: { value: unknown }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
  <pre class="json" tabIndex={0}>
    {JSON.stringify(value, null, 2)}
  </pre>
);

/** Loads and shows the answer of the path when it is opened. */
export function JsonOnDemand({ path, label }: { path: string; label: string }) {
  const [shown, setShown] = useState<{ value?: unknown; failure?: Failure }>();
  const [isOpen, setOpen] = useState(false);
  const load = async (event: Event & { currentTarget: HTMLDetailsElement }) => {
    setOpen(event.currentTarget.open);
    if (!event.currentTarget.open || shown?.value !== undefined) return;
    try {
      setShown({ value: await readOnce(path) });
    } catch (error) {
      if (!isFailure(error)) throw error;
      setShown({ failure: error });
    }
  };
  return (
    <details class="on-demand" onToggle={load}>
      <summary>{label}</summary>
      {isOpen && shown === undefined ? <Loading lines={2} /> : null}
      {shown?.failure === undefined ? null : <FailureNote failure={shown.failure} />}
      {shown?.value === undefined ? null : <JsonText value={shown.value} />}
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
