/** Every command, in the order of the help. A command's module is imported when the command is chosen. */
import { defined } from '../../shared/payment/defined.ts';
import type { ListedCommand } from '../command.ts';

type Listed = Omit<ListedCommand, 'summary' | 'load'>;

/** @param args their placeholders in the help ("PAYMENT [ID…]") */
const reads = (name: string, args?: string): Listed => ({ name, access: 'read', ...defined({ args }) });
/** @param readsOnly when it changes nothing ("without --apply") */
const writes = (name: string, args?: string, readsOnly?: string): Listed => ({
  ...{ name, access: 'write' },
  ...defined({ args, readsOnly }),
});

export const commands: readonly ListedCommand[] = [
  {
    ...reads('payments list'),
    summary: 'list payments that wait for a person, a provider or an order; --all: every payment',
    load: async () => (await import('./payments-list.ts')).paymentsList,
  },
  {
    ...reads('payments show', 'PAYMENT'),
    summary:
      'show one payment: its notifications, the decisions and their reasons, the events to the merchant',
    load: async () => (await import('./payments-show.ts')).paymentsShow,
  },
  {
    ...writes('payments confirm', 'PAYMENT DIGEST'),
    summary: 'enter what was paid of a waiting payment, after you have checked it at the provider',
    load: async () => (await import('./payments-answer.ts')).paymentsConfirm,
  },
  {
    ...writes('payments reject', 'PAYMENT DIGEST'),
    summary: 'reject a waiting payment for ever; the merchant is told to give the money back',
    load: async () => (await import('./payments-answer.ts')).paymentsReject,
  },
  {
    ...reads('holds list'),
    summary: 'list held payments, with the reason and the digest of the evidence',
    load: async () => (await import('./holds-list.ts')).holdsList,
  },
  {
    ...writes('holds release', 'PAYMENT REASON DIGEST'),
    summary: 'release a held payment: events that were kept back are sent',
    load: async () => (await import('./holds-answer.ts')).holdsRelease,
  },
  {
    ...writes('holds reject', 'PAYMENT REASON DIGEST'),
    summary: 'reject a held payment for ever; the merchant is told to give the money back',
    load: async () => (await import('./holds-answer.ts')).holdsReject,
  },
  {
    ...writes('orders register', 'FILE'),
    summary: 'register one order, as the shop does with POST /checkout/orders',
    load: async () => (await import('./orders-register.ts')).ordersRegister,
  },
  {
    ...reads('orders show', 'REFERENCE'),
    summary:
      'show one order: its state, the expected amounts, who paid it, and its changes with their reasons',
    load: async () => (await import('./orders-show.ts')).ordersShow,
  },
  {
    ...writes('orders close', 'REFERENCE'),
    summary: 'close an order: payments that arrive for it are held (order_closed)',
    load: async () => (await import('./orders-change.ts')).ordersClose,
  },
  {
    ...writes('orders reopen', 'REFERENCE'),
    summary: 'open a closed order again: payments that were held only because it was closed are processed',
    load: async () => (await import('./orders-change.ts')).ordersReopen,
  },
  {
    ...writes('orders change', 'REFERENCE'),
    summary: 'extend an order or correct its amount; payments that wait for it are derived anew',
    load: async () => (await import('./orders-change.ts')).ordersChange,
  },
  {
    ...writes('refunds register', 'PAYMENT AMOUNT CURRENCY'),
    summary: 'register a refund that you requested at the provider, so that Payhooks follows it to its end',
    load: async () => (await import('./refunds-register.ts')).refundsRegister,
  },
  {
    ...reads('dlq list'),
    summary: 'list messages that wait for an operator: dead letters and parked rows of both queues',
    load: async () => (await import('./dlq-list.ts')).dlqList,
  },
  {
    ...reads('dlq show', 'ID'),
    summary: 'show one message that waits for an operator; its content stays sealed',
    load: async () => (await import('./dlq-show.ts')).dlqShow,
  },
  {
    ...writes('dlq redrive', '[ID…]'),
    summary: 'send messages back to their queue; each is deleted only after the queue has accepted its copy',
    load: async () => (await import('./dlq-redrive.ts')).dlqRedrive,
  },
  {
    ...writes('dlq discard', 'ID'),
    summary: 'delete a parked row; who did it, why, and the digest of the message are kept',
    load: async () => (await import('./dlq-discard.ts')).dlqDiscard,
  },
  {
    ...reads('quarantine list'),
    summary:
      'list authentic notifications that were answered OK and not applied, and whether this version can read them',
    load: async () => (await import('./quarantine-list.ts')).quarantineList,
  },
  {
    ...writes('quarantine apply', '[ID…]'),
    summary:
      'send the notifications that this version can read to the worker, with the time of their arrival',
    load: async () => (await import('./quarantine-apply.ts')).quarantineApply,
  },
  {
    ...writes('quarantine discard', 'ID'),
    summary: 'delete a notification from quarantine; who did it, why, and its digest are kept',
    load: async () => (await import('./quarantine-discard.ts')).quarantineDiscard,
  },
  {
    ...writes('rederive', '[PAYMENT…]', 'without --apply'),
    summary: 'derive payments with the present rules; shows what would change, --apply does it',
    load: async () => (await import('./rederive.ts')).rederiveCommand,
  },
  {
    ...writes('redeliver', '[EFFECT]'),
    summary: 'send an event to the merchant again, with the same id; --failed: every event that was given up',
    load: async () => (await import('./redeliver.ts')).redeliverCommand,
  },
  {
    ...writes('reconcile', undefined, 'with --dry-run'),
    summary:
      'compare the stored payments with the providers now; missed notifications are queued, unless --dry-run',
    load: async () => (await import('./reconcile.ts')).reconcileCommand,
  },
  {
    ...writes('pause'),
    summary: 'stop the workers; notifications are still verified, answered and kept',
    load: async () => (await import('./pause.ts')).pause,
  },
  {
    ...writes('resume'),
    summary: 'start the workers again',
    load: async () => (await import('./pause.ts')).resume,
  },
  {
    ...writes('import', 'orders|processed FILE'),
    summary: 'import orders of another system, or the ids of notifications that it has processed',
    load: async () => (await import('./import.ts')).importCommand,
  },
  {
    ...writes('erase', '[PAYMENT…]', 'without --apply'),
    summary: "erase a person's data and keep the proof that something was processed; --apply does it",
    load: async () => (await import('./erase.ts')).eraseCommand,
  },
  {
    ...writes('secrets set', 'NAME'),
    summary:
      'check a secret and store it; it is read from a file or standard input, never from the command line',
    load: async () => (await import('./secrets-set.ts')).secretsSet,
  },
  {
    ...writes('secrets generate', 'NAME'),
    summary:
      'generate the key pair of a Trustly Europe account and print the public half, which Trustly registers',
    load: async () => (await import('./secrets-generate.ts')).secretsGenerate,
  },
  {
    ...reads('secrets check', '[NAME]'),
    summary:
      'check that every secret can be used in this environment and no key is in two places; shows no value',
    load: async () => (await import('./secrets-check.ts')).secretsCheck,
  },
  {
    ...writes('secrets rotate', 'NAME'),
    summary: 'change a key without downtime: first store the new key as "next", later --finish',
    load: async () => (await import('./secrets-rotate.ts')).secretsRotate,
  },
  {
    ...writes('secrets revoke', 'NAME'),
    summary:
      'replace a stolen key at once, in every running function too, and list what was accepted with it',
    load: async () => (await import('./secrets-revoke.ts')).secretsRevoke,
  },
  {
    ...reads('secrets accepted', 'NAME'),
    summary: 'list everything that was accepted with one key since a time; reads the whole table',
    load: async () => (await import('./secrets-accepted.ts')).secretsAccepted,
  },
  {
    ...writes('listen'),
    summary:
      'send events to your own service while you develop it: of the running npm start, or of a deployed sandbox',
    load: async () => (await import('./listen.ts')).listenCommand,
  },
  {
    ...reads('stories'),
    summary: 'list every notification that the providers can send, with the name that trigger takes',
    load: async () => (await import('./stories.ts')).storiesCommand,
  },
  {
    ...writes('trigger', 'STORY'),
    summary: 'send a story to the running npm start, signed as its provider signs',
    load: async () => (await import('./trigger.ts')).triggerCommand,
  },
  {
    ...writes('accept'),
    summary: "send your shop's handler the difficult cases of production, and report what it does wrong",
    load: async () => (await import('./accept.ts')).acceptCommand,
  },
  {
    ...reads('audit', 'FILE'),
    summary: "compare your shop's export of orders with the ledger: goods without money, money without goods",
    load: async () => (await import('./audit.ts')).auditCommand,
  },
  {
    ...writes('certify', undefined, 'with a live stack'),
    summary: 'test each go-live item of the providers as the provider would test it, and write a report',
    load: async () => (await import('./certify.ts')).certifyCommand,
  },
  {
    ...reads('requests'),
    summary: 'list each request with its answer and the reason; --follow: live; --by-source: by sender',
    load: async () => (await import('./requests.ts')).requestsCommand,
  },
  {
    ...writes('console', undefined, 'without --allow-actions'),
    summary:
      'serve a page on this computer: payments, holds and their reasons, next steps; read-only unless allowed',
    load: async () => (await import('./console.ts')).consoleCommand,
  },
  {
    ...writes('doctor', undefined, 'with --quiet'),
    summary: 'check that everything is in place, and name the next step where it is not',
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  {
    ...reads('cost'),
    summary: 'calculate what a million notifications cost, from counted calls and a dated price table',
    load: async () => (await import('./cost.ts')).costCommand,
  },
  {
    ...reads('completion', 'bash|zsh|fish'),
    summary: 'print a script that completes commands and options in your shell',
    load: async () => (await import('./completion.ts')).completionCommand,
  },
];
