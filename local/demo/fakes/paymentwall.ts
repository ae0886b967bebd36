/** Paymentwall's Payment Status and Delivery Confirmation, for payments of the sender's pingbacks. */

import { createHash } from 'node:crypto';
import { defined } from '../../../shared/payment/defined.ts';
import { type FakeAnswer, FakeApi, type FakeRequest, json } from './fake.ts';

export interface FakePayment {
  readonly id: string;
  readonly uid: string;
  readonly product_id: string;
  readonly amount: string;
  readonly currency: string;
  readonly refunded: boolean;
  readonly risk: string;
  readonly is_test?: 1;
}

const DEFAULTS = {
  uid: 'pwuser',
  product_id: '',
  amount: '9.99',
  currency: 'USD',
  refunded: false,
  risk: 'approved',
} as const;

export class FakePaymentwall extends FakeApi {
  readonly payments = new Map<string, FakePayment>();
  /** The delivery confirmations that were accepted. */
  readonly deliveries: Readonly<Record<string, string>>[] = [];
  readonly #secretOf: (projectKey: string) => string | undefined;
  readonly #isSecret: (key: string) => boolean;

  /** @param secretOf returns the Secret Key of a project · @param isSecret whether a key is one of them */
  constructor(secretOf: (projectKey: string) => string | undefined, isSecret: (key: string) => boolean) {
    super();
    this.#secretOf = secretOf;
    this.#isSecret = isSecret;
  }

  did(change: Partial<FakePayment> & Pick<FakePayment, 'id'>): void {
    this.payments.set(change.id, { ...DEFAULTS, ...this.payments.get(change.id), ...change });
  }

  /** Records the payment that an accepted pingback reports. */
  accepted(params: Readonly<Record<string, string>>): void {
    const { ref, type, uid, goodsid } = params;
    if (ref === undefined || type === undefined) return;
    this.did({
      id: ref,
      ...defined({ uid, product_id: goodsid }),
      ...(type === '2' || type === '202' ? { refunded: true } : {}),
      ...(type === '200' ? { risk: 'pending' } : type === '201' || type === '0' ? { risk: 'approved' } : {}),
    });
  }

  protected respond(request: FakeRequest): FakeAnswer {
    const { pathname } = request.url;
    if (pathname.endsWith('/rest/payment')) return this.#status(request.url.searchParams);
    if (pathname.endsWith('/delivery') && request.method === 'POST') return this.#delivery(request);
    return json(404, { error: 'Not found' });
  }

  #status(query: URLSearchParams): FakeAnswer {
    const secret = this.#secretOf(query.get('key') ?? '');
    if (secret === undefined || !isSigned(query, secret)) return json(403, { error: 'Wrong signature' });
    const ref = query.get('ref');
    const found = [...this.payments.values()].filter(({ id, uid, product_id }) =>
      ref === null ? uid === query.get('uid') && product_id === query.get('ag_external_id') : id === ref,
    );
    return json(
      200,
      found.map((payment) => ({ object: 'payment', created: 1419438832, payment_system: 'cc', ...payment })),
    );
  }

  #delivery({ headers, body }: FakeRequest): FakeAnswer {
    if (!this.#isSecret(headers['x-apikey'] ?? '')) return json(403, { error: 'Wrong key' });
    const fields = Object.fromEntries(new URLSearchParams(body));
    if (!this.payments.has(fields.payment_id ?? '')) {
      return json(200, { success: 0, error: 'payment_id is unknown', notices: [] });
    }
    this.deliveries.push(fields);
    return json(200, { success: 1 });
  }
}

/** Implemented a second time by hand, so that the client is not checked by its own code. */
function isSigned(query: URLSearchParams, secret: string): boolean {
  const text = [...query]
    .filter(([name]) => name !== 'sign')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('');
  return (
    createHash('sha256')
      .update(text + secret)
      .digest('hex') === query.get('sign')
  );
}
