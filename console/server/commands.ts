/** The commands that actions run. The command line's own list is not imported, because it also lists the console. */
import type { Command } from '../../cli/command.ts';

const COMMANDS = {
  'holds release': async () => (await import('../../cli/commands/holds-answer.ts')).holdsRelease,
  'holds reject': async () => (await import('../../cli/commands/holds-answer.ts')).holdsReject,
  'payments confirm': async () => (await import('../../cli/commands/payments-answer.ts')).paymentsConfirm,
  'payments reject': async () => (await import('../../cli/commands/payments-answer.ts')).paymentsReject,
  redeliver: async () => (await import('../../cli/commands/redeliver.ts')).redeliverCommand,
  'dlq redrive': async () => (await import('../../cli/commands/dlq-redrive.ts')).dlqRedrive,
  'dlq discard': async () => (await import('../../cli/commands/dlq-discard.ts')).dlqDiscard,
  rederive: async () => (await import('../../cli/commands/rederive.ts')).rederiveCommand,
  'quarantine apply': async () => (await import('../../cli/commands/quarantine-apply.ts')).quarantineApply,
  'quarantine discard': async () =>
    (await import('../../cli/commands/quarantine-discard.ts')).quarantineDiscard,
  'orders close': async () => (await import('../../cli/commands/orders-change.ts')).ordersClose,
  'orders reopen': async () => (await import('../../cli/commands/orders-change.ts')).ordersReopen,
  reconcile: async () => (await import('../../cli/commands/reconcile.ts')).reconcileCommand,
  trigger: async () => (await import('../../cli/commands/trigger.ts')).triggerCommand,
} satisfies Readonly<Record<string, () => Promise<Command>>>;

export type CommandName = keyof typeof COMMANDS;

export const loadCommand = (name: CommandName): Promise<Command> => COMMANDS[name]();
