/**
 * Tells Payhooks of orders, their changes and refunds, from your own server. Copy this file; it needs
 * `npm i @smithy/signature-v4` and Node 20 or newer. Requests are signed (SigV4) with the credentials of a role that
 * may `execute-api:Invoke` on the stack's output CheckoutArn.
 */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials, as every role has. */
  readonly sessionToken?: string;
}

interface PayhooksOptions {
  /** The stack's output ApiUrl. */
  readonly apiUrl: string;
  readonly region: string;
  /** Asked for each request, because temporary credentials end: `fromNodeProviderChain()` of @aws-sdk/credential-providers. */
  readonly credentials: () => Promise<Credentials>;
  readonly fetch?: typeof fetch;
}

type AmountTerm =
  | { readonly currency: string; readonly exact: string }
  | { readonly currency: string; readonly min: string; readonly max: string }
  | { readonly currency: string; readonly any: true };

/** The most used fields; docs/checkout.md has them all. */
interface NewOrder {
  readonly reference: string;
  readonly amounts: readonly AmountTerm[];
  readonly [field: string]: unknown;
}

interface OrderChange {
  readonly reference: string;
  readonly action: 'close' | 'reopen' | 'change';
  readonly note: string;
  readonly [field: string]: unknown;
}

interface NewRefund {
  /** Your own name of the refund. */
  readonly reference: string;
  /** The payment as its events name it. */
  readonly payment: string;
  readonly amount: string;
  readonly currency: string;
  readonly [field: string]: unknown;
}

/** Payhooks refused: `message` is its sentence. Only 503 may go well when it is tried again. */
export class PayhooksError extends Error {
  override readonly name = 'PayhooksError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const ATTEMPTS = 3;
const TIMEOUT_MS = 12_000;

export class Payhooks {
  readonly #options: PayhooksOptions;

  constructor(options: PayhooksOptions) {
    this.#options = options;
  }

  /** The same order again changes nothing: safe to repeat. @throws PayhooksError */
  registerOrder = (order: NewOrder) => this.#post('/checkout/orders', order);

  /** @throws PayhooksError */
  changeOrder = (change: OrderChange) => this.#post('/checkout/orders/changes', change);

  /** Says that you asked the provider for a refund; it refunds nothing. @throws PayhooksError */
  registerRefund = (refund: NewRefund) => this.#post('/checkout/refunds', refund);

  async #post(path: string, content: object): Promise<Readonly<Record<string, unknown>>> {
    const body = JSON.stringify(content);
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#send(path, body);
      // What was not registered may be sent again as it is: nothing is registered twice.
      if (answer.status === 503 && attempt < ATTEMPTS) continue;
      const read = jsonOf(await answer.text());
      if (answer.ok) return read;
      throw new PayhooksError(answer.status, String(read.error ?? read.message ?? `status ${answer.status}`));
    }
  }

  async #send(path: string, body: string): Promise<Response> {
    const { apiUrl, region, credentials, fetch: send = fetch } = this.#options;
    const url = new URL(apiUrl.replace(/\/$/, '') + path);
    const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: { host: url.host, 'content-type': 'application/json' },
      body,
    });
    return send(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  }
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? (read as Readonly<Record<string, unknown>>) : {};
  } catch {
    // A gateway in front of it may answer in HTML.
    return {};
  }
}

/** What the signer hashes with: Node's own. */
class Sha256 {
  readonly #secret: string | ArrayBuffer | ArrayBufferView | undefined;
  #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret;
    this.#hash = this.#new();
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    this.#hash = this.#new();
  }
  #new() {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(this.#secret));
  }
}

const bytesOf = (data: string | ArrayBuffer | ArrayBufferView): Uint8Array =>
  typeof data === 'string'
    ? Buffer.from(data)
    : ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
