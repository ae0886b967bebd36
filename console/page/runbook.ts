/** What a runbook is read about: its commands name that payment, event or message, and this stack. */
import type { Capabilities } from '../contract.ts';

/** Parts of the address of a runbook. */
const NAMES = ['payment', 'reason', 'event', 'message', 'in', 'account'] as const;

export interface About {
  readonly payment?: string;
  /** Reason of the hold. */
  readonly reason?: string;
  /** Id of the event, `<payment>#<name>`. */
  readonly event?: string;
  /** Id of a dead letter, or of a notification in quarantine. */
  readonly message?: string;
  /** The view that lists the message. */
  readonly in?: 'queues' | 'quarantine';
  /** "paymentwall/goods" */
  readonly account?: string;
}

export function aboutIn(query: URLSearchParams): About {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = query.get(name);
      return value === null || value === '' ? [] : [[name, value]];
    }),
  );
}

/** The address of a page of docs/ that is read about something. */
export function hrefOfDocument(path: string, about: About = {}): string {
  const query = new URLSearchParams(Object.entries(about)).toString();
  return `#/docs/${encodeURIComponent(path)}${query === '' ? '' : `?${query}`}`;
}

/** As one word of a shell: a provider's id may contain anything, and nothing of it may run. */
const quoted = (word: string): string =>
  /^[\w.:@%+,/=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

type Stack = Pick<Capabilities, 'local' | 'backend'>;

/** A command of a runbook with the names of what it is read about. What is not known stays as it is written. */
export function filledIn(command: string, about: About & { readonly digest?: string }, stack: Stack): string {
  const { payment, reason, digest, event, message, account } = about;
  const names = [
    ['"<payment>#<name>"', event],
    ['<payment>', payment],
    ['<reason>', reason],
    ['<digest>', digest],
    ['<id>', message],
    ['<provider>/<account>', account],
  ] as const;
  const filled = names.reduce(
    (text, [name, value]) => (value === undefined ? text : text.replaceAll(name, () => quoted(value))),
    command,
  );
  return filled.replaceAll(/ --stack PayhooksLive\b/g, () =>
    stack.local ? '' : ` --stack ${stack.backend}`,
  );
}
