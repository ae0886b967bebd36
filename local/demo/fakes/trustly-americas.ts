/**
 * Trustly Americas' Get Transaction and listing, for transactions of the sender's events. Answers in the wrapped form
 * with numbers or in the bare form with names, because both are documented.
 */
import { defined } from '../../../shared/payment/defined.ts';
import {
  AMERICAS_STATUSES,
  AMERICAS_TRANSACTION_TYPES,
} from '../../../shared/providers/trustly-americas/tables.ts';
import { type FakeAnswer, FakeApi, type FakeRequest, json } from './fake.ts';

export interface FakeTransaction {
  readonly transactionId: string;
  readonly originalTransactionId?: string;
  readonly transactionType: string;
  readonly paymentType: string;
  readonly merchantReference: string;
  readonly status: string;
  readonly amount: string;
  readonly currency: string;
  readonly paid: string;
  readonly refunded: string;
  readonly reversed: string;
  readonly recordVersion: number;
  readonly updatedAt: number;
}

/** The amount of a transaction that is known from its events only, which contain no amount. */
const DEFAULT_AMOUNT = { amount: '10.00', currency: 'USD' } as const;

export class FakeTrustlyAmericas extends FakeApi {
  readonly transactions = new Map<string, FakeTransaction>();
  shape: 'wrapped' | 'bare' = 'wrapped';
  /** Maximum length of a page of the listing, whatever the request asks for. */
  maxCount = 100;
  readonly #clock: () => number;
  readonly #isKnown: (accessId: string, accessKey: string) => boolean;

  /** @param isKnown whether these are the credentials of an account */
  constructor(clock: () => number, isKnown: (accessId: string, accessKey: string) => boolean) {
    super();
    this.#clock = clock;
    this.#isKnown = isKnown;
  }

  /** Changes a transaction, or makes one. Every change raises its version. */
  did(change: Partial<FakeTransaction> & Pick<FakeTransaction, 'transactionId'>): FakeTransaction {
    const before = this.transactions.get(change.transactionId) ?? {
      transactionType: '3',
      paymentType: '2',
      merchantReference: `order-${change.transactionId}`,
      status: '1',
      ...DEFAULT_AMOUNT,
      paid: '0.00',
      refunded: '0.00',
      reversed: '0.00',
      recordVersion: 0,
    };
    const status = change.status ?? before.status;
    const amount = change.amount ?? before.amount;
    const transaction = {
      ...before,
      ...change,
      // Completed, refunded, reversed: the money arrived at some time.
      paid: change.paid ?? (['4', '10', '11', '12'].includes(status) ? amount : before.paid),
      refunded: change.refunded ?? (status === '12' ? amount : before.refunded),
      reversed: change.reversed ?? (status === '10' ? amount : before.reversed),
      recordVersion: before.recordVersion + 1,
      updatedAt: this.#clock(),
    };
    this.transactions.set(change.transactionId, transaction);
    return transaction;
  }

  /** Records the transaction that an accepted event reports. */
  accepted(fields: Readonly<Record<string, string>>): void {
    const { objectId, transactionType, paymentType, merchantReference, parentObjectId, status } = fields;
    if (objectId === undefined || transactionType === undefined || status === undefined) return;
    this.did({
      transactionId: objectId,
      transactionType,
      status,
      ...defined({ paymentType, merchantReference, originalTransactionId: parentObjectId }),
    });
  }

  protected respond({ method, url, headers }: FakeRequest): FakeAnswer {
    if (!this.#isAuthorized(headers.authorization)) {
      return json(401, { errors: [{ domain: 'transactions', code: 375, message: 'Access denied' }] });
    }
    const path = url.pathname.replace(/^.*\/transactions\/?/, '');
    if (method !== 'GET') return json(400, { errors: [{ code: 200, message: 'Method' }] });
    if (path === '') return this.#list(url.searchParams);
    const found = this.transactions.get(decodeURIComponent(path));
    if (found === undefined) {
      const message = `Could not find a transaction using Id ${path}`;
      return json(400, { errors: [{ domain: 'transactions', code: 200, message }] });
    }
    return json(200, this.#shaped(found));
  }

  #list(query: URLSearchParams): FakeAnswer {
    const from = Number(query.get('updatedAt.start') ?? 0);
    const until = Number(query.get('updatedAt.end') ?? Number.MAX_SAFE_INTEGER);
    const reference = query.get('payment.merchantReference');
    const start = Number(query.get('startIndex') ?? 0);
    const count = Math.min(Number(query.get('count') ?? 20), this.maxCount);
    const found = [...this.transactions.values()]
      .filter(({ updatedAt }) => updatedAt >= from && updatedAt <= until)
      .filter(({ merchantReference }) => reference === null || merchantReference === reference)
      .sort((a, b) => a.updatedAt - b.updatedAt || (a.transactionId < b.transactionId ? -1 : 1))
      .slice(start, start + count)
      .map((transaction) => this.#shaped(transaction));
    return json(
      200,
      this.shape === 'bare'
        ? { transactions: found, startIndex: start, itemsPerPage: found.length }
        : Object.fromEntries(found.map((transaction, index) => [index, transaction])),
    );
  }

  #shaped(transaction: FakeTransaction): unknown {
    const { paymentType, merchantReference, status, transactionType, ...rest } = transaction;
    const payment = {
      paymentType: Number(paymentType),
      merchantReference,
      customer: { name: 'Demo Shopper' },
    };
    if (this.shape === 'wrapped') {
      const numbers = { status: Number(status), transactionType: Number(transactionType) };
      return { transaction: { ...rest, ...numbers, payment } };
    }
    return {
      ...rest,
      payment,
      status: AMERICAS_STATUSES[status]?.name,
      transactionType: AMERICAS_TRANSACTION_TYPES[transactionType]?.name,
    };
  }

  #isAuthorized(header: string | undefined): boolean {
    const [accessId = '', ...key] = Buffer.from(header?.replace(/^Basic /, '') ?? '', 'base64')
      .toString('utf8')
      .split(':');
    return this.#isKnown(accessId, key.join(':'));
  }
}
