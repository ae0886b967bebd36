/** The dialog of an action: asks for the operator note, shows the effect if a dry run can, and shows the result. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ActionResult, RederiveResult, SentResult } from '../../contract.ts';
import { href } from '../address.ts';
import { act, type Failure, isFailure } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { idOf } from '../text.ts';
import { type Field, onOpen, type Ready, specOf } from './actions.ts';
import { Icon } from './icons.tsx';
import { JsonOf } from './json.tsx';
import { NameValues } from './layout.tsx';
import { FailureNote, Note } from './states.tsx';

interface ModalProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Uses the browser's own dialog: it keeps the focus inside, and Esc closes it. */
export function Modal({ title, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="modal" aria-labelledby={heading} onClose={onClose}>
      <header class="modal-header">
        <h2 id={heading}>{title}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}

export function ActionDialog() {
  const [ready, setReady] = useState<Ready>();
  useEffect(() => {
    onOpen(setReady);
    // The browser's own "back" leaves the view that the dialog is about.
    const close = () => setReady(undefined);
    addEventListener('hashchange', close);
    return () => {
      onOpen(undefined);
      removeEventListener('hashchange', close);
    };
  }, []);
  if (ready === undefined) return null;
  const { action, body } = ready;
  return (
    <Modal title={specOf(action).title(body)} onClose={() => setReady(undefined)}>
      <ActionForm key={JSON.stringify([action, body])} ready={ready} onDone={() => setReady(undefined)} />
    </Modal>
  );
}

type Step =
  | { readonly kind: 'form' }
  | { readonly kind: 'sending' }
  | { readonly kind: 'shown'; readonly result: ActionResult }
  | { readonly kind: 'done'; readonly result: ActionResult }
  | { readonly kind: 'failed'; readonly failure: Failure };

function ActionForm({ ready, onDone }: { ready: Ready; onDone: () => void }) {
  const capabilities = useCapabilities();
  const [step, setStep] = useState<Step>({ kind: 'form' });
  const spec = specOf(ready.action);
  const { dryRun } = spec;
  const isFirst = dryRun !== undefined && step.kind !== 'shown';

  const send = async (form: HTMLFormElement) => {
    const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
    const changes = dryRun === undefined ? {} : isFirst ? dryRun.without : dryRun.apply;
    setStep({ kind: 'sending' });
    if (typeof given.by === 'string') rememberName(given.by);
    try {
      const result = await act(capabilities, ready.action, { ...ready.body, ...given, ...changes } as never);
      setStep({ kind: isFirst ? 'shown' : 'done', result });
    } catch (error) {
      if (!isFailure(error)) throw error;
      setStep({ kind: 'failed', failure: error });
    }
  };

  if (step.kind === 'done') return <ResultNote result={step.result} onDone={onDone} />;
  const isSending = step.kind === 'sending';
  // Whether the dry run shows that there is nothing to write.
  const isEmpty = step.kind === 'shown' && changesNothing(step.result);
  const label = isFirst ? 'Show what would change' : dryRun === undefined ? spec.label : 'Apply';
  return (
    <form
      class="modal-body"
      onSubmit={(event) => {
        event.preventDefault();
        void send(event.currentTarget);
      }}
    >
      {ready.warning === undefined ? null : (
        <Note tone="wait">
          <p>{ready.warning}</p>
        </Note>
      )}
      {ready.does === undefined ? null : <p>{ready.does}</p>}
      <p class={ready.does === undefined ? '' : 'faint'}>{spec.says(ready.body)}</p>
      {'payment' in ready.body || ready.rows !== undefined ? (
        <NameValues
          rows={[
            ['Payment', 'payment' in ready.body ? <code key="id">{ready.body.payment}</code> : undefined],
            ...(ready.rows ?? []),
          ]}
        />
      ) : null}
      {step.kind === 'shown' ? <DryRun result={step.result} /> : null}
      {(spec.fields ?? []).map((field) => (
        <Input key={field.name} field={field} />
      ))}
      {spec.isNoted !== false && !isFirst && !isEmpty ? (
        <>
          <Input
            field={{
              name: 'note',
              label: 'Why',
              hint: 'Kept for ever, for whoever looks at this later. No personal data.',
            }}
          />
          <Input
            field={{ name: 'by', label: 'Your name', hint: 'Kept with the reason: who did it.' }}
            value={lastName() ?? capabilities.user}
          />
        </>
      ) : null}
      {step.kind === 'failed' ? <FailureNote failure={step.failure} /> : null}
      <footer class="modal-footer">
        <button type="button" class="button" onClick={onDone}>
          {isEmpty ? 'Close' : 'Cancel'}
        </button>
        {isEmpty ? null : (
          <button type="submit" class={`button ${toneOf(ready, spec.tone)}`} disabled={isSending}>
            {isSending ? 'Working…' : label}
          </button>
        )}
      </footer>
    </form>
  );
}

/** Key of the last name entered in this browser tab, so that nobody types it twice. */
const NAME = 'payhooks.name';
const lastName = (): string | undefined => sessionStorage.getItem(NAME) ?? undefined;
const rememberName = (name: string): void => sessionStorage.setItem(NAME, name.trim());

/** Whether a rederivation would change no payment and assign no notification. */
function changesNothing({ result }: ActionResult): boolean {
  const { changed, assigned = [] } = (result ?? {}) as Partial<RederiveResult>;
  return changed?.length === 0 && assigned.length === 0;
}

function Input({ field, value }: { field: Field; value?: string }) {
  const { name, label, hint, isOptional = false } = field;
  const hintId = useId();
  return (
    <label class="field">
      <span>
        {label}
        {isOptional ? <span class="faint"> (optional)</span> : null}
      </span>
      <input
        name={name}
        defaultValue={value ?? ''}
        required={!isOptional}
        autocomplete="off"
        aria-describedby={hint === undefined ? undefined : hintId}
      />
      {hint === undefined ? null : (
        <span id={hintId} class="hint">
          {hint}
        </span>
      )}
    </label>
  );
}

/** What happened, in sentences; without any, the command line's text. */
function Says({ result: { says, lines } }: { result: ActionResult }) {
  if (says === undefined) return <Lines lines={lines} />;
  return (
    <>
      {says.map((sentence, index) => (
        <p key={index} class="wrap">
          {sentence}
        </p>
      ))}
      <CommandLine lines={lines} />
    </>
  );
}

/** The command line's own text, for whoever reads that every day. */
export const CommandLine = ({ lines }: { lines: readonly string[] }) => (
  <details class="on-demand">
    <summary>Output of the command line</summary>
    <Lines lines={lines} />
  </details>
);

const DryRun = ({ result }: { result: ActionResult }) => (
  <div class="dry-run" role="status">
    <p class="kind">What would change</p>
    <Says result={result} />
    <JsonOf label="JSON" value={result.result} />
  </div>
);

const DoneNote = ({ result }: { result: ActionResult }) => (
  <Note tone={result.done ? 'good' : 'bad'} role="status">
    <p>
      <strong>{result.done ? 'Done.' : 'Not done, or not all of it.'}</strong>
    </p>
    <Says result={result} />
  </Note>
);

const isSent = (result: unknown): result is SentResult & { readonly says: string } =>
  typeof result === 'object' && result !== null && 'says' in result && 'answers' in result;

/** The result of a request that was sent again; a refusal may be the expected result. */
function SentNote({ sent, onDone }: { sent: SentResult & { readonly says: string }; onDone: () => void }) {
  const { says, isExpected = false, answers } = sent;
  const [{ correlationId, payment } = {} as Partial<SentResult['answers'][number]>] = answers;
  return (
    <Note tone={isExpected ? 'good' : 'bad'} role="status">
      <p>{says}</p>
      <p class="moment-links">
        {correlationId === undefined ? null : (
          <a href={href('requests', correlationId)} onClick={onDone}>
            Open the new request
          </a>
        )}
        {payment === undefined ? null : (
          <a href={href('payments', payment)} onClick={onDone}>{`Payment ${idOf(payment)}`}</a>
        )}
      </p>
    </Note>
  );
}

const toneOf = ({ isAdvised }: Ready, usual: string | undefined): string =>
  isAdvised === false || (isAdvised === undefined && usual === 'danger') ? 'danger' : 'primary';

const Lines = ({ lines }: { lines: readonly string[] }) => <pre class="lines">{lines.join('\n')}</pre>;

interface ResultProps {
  readonly result: ActionResult;
  readonly onDone: () => void;
}

function ResultNote({ result, onDone }: ResultProps) {
  const close = useRef<HTMLButtonElement>(null);
  // The button that had the focus is gone with the form.
  useEffect(() => close.current?.focus(), []);
  return (
    <div class="modal-body">
      {isSent(result.result) ? (
        <SentNote sent={result.result} onDone={onDone} />
      ) : (
        <DoneNote result={result} />
      )}
      <footer class="modal-footer">
        <button ref={close} type="button" class="button primary" onClick={onDone}>
          Close
        </button>
      </footer>
    </div>
  );
}
