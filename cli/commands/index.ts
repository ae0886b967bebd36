/** Every command, in the order of the help. A command's module is imported when the command is chosen. */
import type { ListedCommand } from '../command.ts';

export const commands: readonly ListedCommand[] = [
  {
    name: 'payments list',
    summary: 'payments that wait for a person, a provider or an order; --all: every payment',
    load: async () => (await import('./payments-list.ts')).paymentsList,
  },
  {
    name: 'payments show',
    args: 'PAYMENT',
    summary: 'one payment: what came, what was decided and why, what the merchant was told',
    load: async () => (await import('./payments-show.ts')).paymentsShow,
  },
  {
    name: 'payments confirm',
    args: 'PAYMENT DIGEST',
    summary: 'say what was paid of a payment that waits, after a look at its provider',
    load: async () => (await import('./payments-answer.ts')).paymentsConfirm,
  },
  {
    name: 'payments reject',
    args: 'PAYMENT DIGEST',
    summary: 'refuse a payment that waits for good; the merchant is told to give back what came',
    load: async () => (await import('./payments-answer.ts')).paymentsReject,
  },
  {
    name: 'holds list',
    summary: 'payments that Payhooks refuses to act on, with the reason and the digest of its evidence',
    load: async () => (await import('./holds-list.ts')).holdsList,
  },
  {
    name: 'holds release',
    args: 'PAYMENT REASON DIGEST',
    summary: 'act on a held payment after all; what was kept back follows',
    load: async () => (await import('./holds-answer.ts')).holdsRelease,
  },
  {
    name: 'holds reject',
    args: 'PAYMENT REASON DIGEST',
    summary: 'refuse a held payment for good; the merchant is told to give the money back',
    load: async () => (await import('./holds-answer.ts')).holdsReject,
  },
  {
    name: 'orders register',
    args: 'FILE',
    summary: 'register one order, as the shop does with POST /checkout/orders',
    load: async () => (await import('./orders-register.ts')).ordersRegister,
  },
  {
    name: 'orders show',
    args: 'REFERENCE',
    summary: 'one order: its state, what it expects, who paid it, what was changed of it and why',
    load: async () => (await import('./orders-show.ts')).ordersShow,
  },
  {
    name: 'orders close',
    args: 'REFERENCE',
    summary: 'an order that nobody shall pay any more: money that comes for it is held as order_closed',
    load: async () => (await import('./orders-change.ts')).ordersClose,
  },
  {
    name: 'orders reopen',
    args: 'REFERENCE',
    summary: 'take back a close: payments that were held for it alone go on',
    load: async () => (await import('./orders-change.ts')).ordersReopen,
  },
  {
    name: 'orders change',
    args: 'REFERENCE',
    summary: 'extend an order, or correct its amount; payments that wait under it are derived anew',
    load: async () => (await import('./orders-change.ts')).ordersChange,
  },
  {
    name: 'refunds register',
    args: 'PAYMENT AMOUNT CURRENCY',
    summary: 'say that you asked the provider for a refund, so that it is followed to its end',
    load: async () => (await import('./refunds-register.ts')).refundsRegister,
  },
  {
    name: 'dlq list',
    summary: 'messages that wait for an operator: dead letters and parked rows, of both queues',
    load: async () => (await import('./dlq-list.ts')).dlqList,
  },
  {
    name: 'dlq show',
    args: 'ID',
    summary: 'one message that waits for an operator; what it carries stays sealed',
    load: async () => (await import('./dlq-show.ts')).dlqShow,
  },
  {
    name: 'dlq redrive',
    args: '[ID…]',
    summary: 'send messages back to their queue; each is taken away only when its copy was accepted',
    load: async () => (await import('./dlq-redrive.ts')).dlqRedrive,
  },
  {
    name: 'dlq discard',
    args: 'ID',
    summary: 'take a parked row away for good; who, why and the digest of the message stay',
    load: async () => (await import('./dlq-discard.ts')).dlqDiscard,
  },
  {
    name: 'quarantine list',
    summary:
      'authentic notifications that were answered OK and not applied, and whether this version can read them',
    load: async () => (await import('./quarantine-list.ts')).quarantineList,
  },
  {
    name: 'quarantine apply',
    args: '[ID…]',
    summary: 'send what this version can read to the worker, as of the time it came',
    load: async () => (await import('./quarantine-apply.ts')).quarantineApply,
  },
  {
    name: 'quarantine discard',
    args: 'ID',
    summary: 'take one away for good; who, why and the digest of the message stay',
    load: async () => (await import('./quarantine-discard.ts')).quarantineDiscard,
  },
  {
    name: 'rederive',
    args: '[PAYMENT…]',
    summary: "derive payments anew with today's rules; shows what would change, --apply does it",
    load: async () => (await import('./rederive.ts')).rederiveCommand,
  },
  {
    name: 'redeliver',
    args: '[EFFECT]',
    summary: 'send an event to the merchant once more, under the same id; --failed: all that were given up',
    load: async () => (await import('./redeliver.ts')).redeliverCommand,
  },
  {
    name: 'reconcile',
    summary: 'compare with the providers now what is ledgered; what was missed is ledgered, unless --dry-run',
    load: async () => (await import('./reconcile.ts')).reconcileCommand,
  },
  {
    name: 'pause',
    summary: 'stop working off the queues; notifications are still verified, answered and kept',
    load: async () => (await import('./pause.ts')).pause,
  },
  {
    name: 'resume',
    summary: 'work off the queues again',
    load: async () => (await import('./pause.ts')).resume,
  },
  {
    name: 'import',
    args: 'orders|processed FILE',
    summary: 'cut-over: orders that another system knows, and notifications that it has processed',
    load: async () => (await import('./import.ts')).importCommand,
  },
  {
    name: 'erase',
    args: '[PAYMENT…]',
    summary: "remove a person's evidence and keep the proof that something was processed; --apply does it",
    load: async () => (await import('./erase.ts')).eraseCommand,
  },
  {
    name: 'secrets set',
    args: 'NAME',
    summary: 'store a secret after checking it; from a file or standard input, never from the command line',
    load: async () => (await import('./secrets-set.ts')).secretsSet,
  },
  {
    name: 'secrets generate',
    args: 'NAME',
    summary: 'make the key pair of a Trustly Europe account; prints the public half, which Trustly registers',
    load: async () => (await import('./secrets-generate.ts')).secretsGenerate,
  },
  {
    name: 'secrets check',
    args: '[NAME]',
    summary:
      'whether every secret can be used in this environment and no key is in two places; no value is shown',
    load: async () => (await import('./secrets-check.ts')).secretsCheck,
  },
  {
    name: 'secrets rotate',
    args: 'NAME',
    summary: 'change a key without downtime: first add the new one beside, later --finish',
    load: async () => (await import('./secrets-rotate.ts')).secretsRotate,
  },
  {
    name: 'secrets revoke',
    args: 'NAME',
    summary:
      'a key was stolen: replace it at once, end every copy in memory, list what was accepted under it',
    load: async () => (await import('./secrets-revoke.ts')).secretsRevoke,
  },
  {
    name: 'secrets accepted',
    args: 'NAME',
    summary: 'everything that was accepted under one key since a time; reads the whole table',
    load: async () => (await import('./secrets-accepted.ts')).secretsAccepted,
  },
  {
    name: 'listen',
    summary: 'sends the events of the running npm start to your own service, while you write it',
    load: async () => (await import('./listen.ts')).listenCommand,
  },
  {
    name: 'stories',
    summary: 'every notification that the providers can send, by the name that trigger takes',
    load: async () => (await import('./stories.ts')).storiesCommand,
  },
  {
    name: 'trigger',
    args: 'STORY',
    summary: 'sends a story to the running npm start, signed as its provider signs',
    load: async () => (await import('./trigger.ts')).triggerCommand,
  },
  {
    name: 'accept',
    summary: "sends your shop's handler what goes wrong in the field, and says what it does wrong",
    load: async () => (await import('./accept.ts')).acceptCommand,
  },
  {
    name: 'audit',
    args: 'FILE',
    summary:
      "compares your shop's export of orders with the ledger: goods without money, money without goods",
    load: async () => (await import('./audit.ts')).auditCommand,
  },
  {
    name: 'certify',
    summary:
      "proves the providers' go-live items one by one, as the provider would try them, and writes a report",
    load: async () => (await import('./certify.ts')).certifyCommand,
  },
  {
    name: 'requests',
    summary: 'what was answered to each request and why, --follow live; --by-source: who sends them',
    load: async () => (await import('./requests.ts')).requestsCommand,
  },
  {
    name: 'doctor',
    summary: 'whether everything is in place, with the next step where it is not',
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  {
    name: 'cost',
    summary: 'what a million notifications cost, from counted calls and a dated price table',
    load: async () => (await import('./cost.ts')).costCommand,
  },
  {
    name: 'completion',
    args: 'bash|zsh|fish',
    summary: 'a script that completes commands and options in your shell',
    load: async () => (await import('./completion.ts')).completionCommand,
  },
];
