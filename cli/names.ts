/** Names that several commands print or call. */
import { randomInt } from 'node:crypto';
import type { Account } from '../shared/providers/index.ts';
import type { Connection } from './connect.ts';

/** "paymentwall/goods" */
export const accountName = ({ provider, account }: Pick<Account, 'provider' | 'account'>): string =>
  `${provider}/${account}`;

/** A command to type for this stack: "payhooks resume --stack PayhooksLive". */
export const commandFor = ({ selector }: Pick<Connection, 'selector'>, command: string): string =>
  `payhooks ${command} ${selector}`.trimEnd();

/** A new id of ten digits: a form that every provider uses. */
export const newId = (): string => String(randomInt(1_000_000_000, 9_999_999_999));

/** The event bus of a stack has its environment's name only. */
export const busOf = ({ resource }: Pick<Connection, 'resource'>): string => resource('').replace(/-$/, '');
