/** Every command, in the order of the help. */
import type { Command } from '../command.ts';
import { acceptCommand } from './accept.ts';
import { auditCommand } from './audit.ts';
import { costCommand } from './cost.ts';
import { dlqDiscard } from './dlq-discard.ts';
import { dlqList } from './dlq-list.ts';
import { dlqRedrive } from './dlq-redrive.ts';
import { dlqShow } from './dlq-show.ts';
import { doctorCommand } from './doctor.ts';
import { eraseCommand } from './erase.ts';
import { holdsReject, holdsRelease } from './holds-answer.ts';
import { holdsList } from './holds-list.ts';
import { importCommand } from './import.ts';
import { ordersChange, ordersClose, ordersReopen } from './orders-change.ts';
import { ordersRegister } from './orders-register.ts';
import { ordersShow } from './orders-show.ts';
import { pause, resume } from './pause.ts';
import { paymentsConfirm, paymentsReject } from './payments-answer.ts';
import { paymentsList } from './payments-list.ts';
import { paymentsShow } from './payments-show.ts';
import { quarantineApply } from './quarantine-apply.ts';
import { quarantineDiscard } from './quarantine-discard.ts';
import { quarantineList } from './quarantine-list.ts';
import { reconcileCommand } from './reconcile.ts';
import { redeliverCommand } from './redeliver.ts';
import { rederiveCommand } from './rederive.ts';
import { refundsRegister } from './refunds-register.ts';
import { requestsCommand } from './requests.ts';
import { secretsAccepted } from './secrets-accepted.ts';
import { secretsCheck } from './secrets-check.ts';
import { secretsRevoke } from './secrets-revoke.ts';
import { secretsRotate } from './secrets-rotate.ts';
import { secretsSet } from './secrets-set.ts';

export const commands: readonly Command[] = [
  paymentsList,
  paymentsShow,
  paymentsConfirm,
  paymentsReject,
  holdsList,
  holdsRelease,
  holdsReject,
  ordersRegister,
  ordersShow,
  ordersClose,
  ordersReopen,
  ordersChange,
  refundsRegister,
  dlqList,
  dlqShow,
  dlqRedrive,
  dlqDiscard,
  quarantineList,
  quarantineApply,
  quarantineDiscard,
  rederiveCommand,
  redeliverCommand,
  reconcileCommand,
  pause,
  resume,
  importCommand,
  eraseCommand,
  secretsSet,
  secretsCheck,
  secretsRotate,
  secretsRevoke,
  secretsAccepted,
  acceptCommand,
  auditCommand,
  requestsCommand,
  doctorCommand,
  costCommand,
];
