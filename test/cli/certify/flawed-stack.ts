/**
 * A stack in memory that behaves as `certify` requires, or with one flaw: the flawed stacks are the controls of
 * `certify`. The stack verifies with the product's own code, so that it has no flaw but the intended one. The rest of
 * the stack is a simplified copy.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Answer, Known, ListedEffect, Message, OnFile, Rig, Tls } from '../../../cli/certify/rig.ts';
import { locationOf } from '../../../shared/app/http/redirect.ts';
import type { Order } from '../../../shared/payment/types.ts';
import { EstablishError } from '../../../shared/providers/checkout.ts';
import type { Account } from '../../../shared/providers/index.ts';
import { providers } from '../../../shared/providers/index.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import type { TrustlyAmericasAccount } from '../../../shared/providers/trustly-americas/account.ts';
import { establishData } from '../../../shared/providers/trustly-americas/establish-data.ts';
import { verifyRedirect } from '../../../shared/providers/trustly-americas/redirect.ts';
import { pageOf, pageParameters } from '../../../shared/providers/trustly-americas/redirect-target.ts';
import { parseKeys } from '../../../shared/providers/trustly-americas/verify.ts';

/** Each flaw, under the item that must find it. */
export const FLAWS = {
  A1: 'answers a cancel with an error',
  A2: 'redirects a declined shopper without parameters',
  A4: 'signs once and uses the signature for ever',
  A5: 'accepts any key',
  A6: 'copies names into the description',
  A8: 'requires no customer',
  A9: 'does not store the redirect',
  A10: 'sends fulfil on the redirect',
  A11: 'keeps splitTokens in clear',
  A12: 'acts on every copy',
  A15: 'accepts TLS 1.1',
  R1: 'accepts the reference of another session',
  R2: 'accepts every redirect',
  R3: 'never asks Get Transaction',
  R4: 'forgets the bank account',
  R5: 'keeps the splitToken of a forged event',
  N1: 'answers 202',
  N2: 'accepts an unsigned event',
  N3: 'refuses unknown event types',
  N3a: 'takes the status of the last received event',
  N4: 'drops codes and amounts',
  E1: 'has a question mark in its address',
  E2: 'answers unsigned',
  E3: 'answers a copy with FAILED',
  E4: 'remembers the last forty notifications only',
  E5: 'breaks under a burst',
  P1: 'ends OK with a line feed',
  P2: 'knows no type above 199',
  P3: 'treats a refund as a copy of its payment',
  P4: 'accepts any signature',
  P5: 'delivers nothing',
  P8a: 'keeps parameters in clear',
} as const;
export type Flaw = keyof typeof FLAWS;

interface Row {
  status: string;
  effects: ListedEffect[];
  details: Record<string, unknown>;
  text: string;
}

interface Sent {
  readonly id: string;
  readonly type: string;
  readonly becomes: string | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

interface Session {
  readonly reference: string;
  readonly order: string;
}

const RANK = ['pending', 'authorized', 'processing', 'paid', 'denied', 'reversed'];
const AMERICAS: Readonly<Record<string, string>> = {
  2: 'authorized',
  3: 'processing',
  4: 'paid',
  8: 'denied',
};
const PINGBACKS: Readonly<Record<string, string>> = { 0: 'paid', 201: 'paid', 2: 'reversed', 202: 'denied' };
const EUROPE: Readonly<Record<string, string>> = { credit: 'paid', pending: 'pending' };
const MEMORY = 40;
const BURST = 8;

interface Options {
  readonly account: Account;
  readonly secret: unknown;
  readonly base: string;
  readonly flaw?: Flaw | undefined;
}

export class FlawedStack implements Rig {
  readonly #account: Account;
  readonly #secret: unknown;
  readonly #base: string;
  readonly #flaw: Flaw | undefined;
  readonly #rows = new Map<string, Row>();
  readonly #files = new Map<string, { redirect: boolean; bankAccount: boolean; splitToken?: string }>();
  readonly #sessions = new Map<string, Session>();
  #recorded: string[] = [];
  #underway = 0;
  #signature: unknown;

  constructor({ account, secret, base, flaw }: Options) {
    this.#account = account;
    this.#secret = secret;
    this.#base = base;
    this.#flaw = flaw;
  }

  async send(message: Message): Promise<Answer> {
    this.#underway += 1;
    try {
      await turn();
      if (this.#flaw === 'E5' && this.#underway > BURST) return { status: 503, body: '' };
      return /\/(?:return|cancel)\//.test(message.url)
        ? this.#redirect(message)
        : this.#notification(message);
    } finally {
      this.#underway -= 1;
    }
  }

  async sendAndHangUp(message: Message): Promise<void> {
    await this.send(message);
  }

  async register(order: object): Promise<void> {
    parseOrder(order, new Date(0).toISOString());
  }

  async payment(id: string): Promise<Known | undefined> {
    const row = this.#rows.get(id);
    if (row === undefined) return undefined;
    const isPolled = 'confirm' in this.#account && this.#account.confirm === true && this.#flaw !== 'R3';
    return { status: row.status, holds: [], effects: row.effects, isPolled };
  }

  async onFile(id: string): Promise<OnFile> {
    return this.#files.get(id) ?? { redirect: false, bankAccount: false };
  }

  async isRecorded(message: Message): Promise<boolean> {
    return this.#recorded.includes(this.#read(message)?.key ?? '');
  }

  async storedText(id: string): Promise<string> {
    return this.#rows.get(id)?.text ?? '';
  }

  emptiesQueue = async (): Promise<boolean> => true;

  async waitUntil(isTrue: () => Promise<boolean>): Promise<boolean> {
    return isTrue();
  }

  async tls(): Promise<Tls> {
    return { protocol: 'TLSv1.3', acceptsOld: this.#flaw === 'A15' };
  }

  sharedKeys = async (): Promise<readonly string[]> => [];

  async checkout(body: object): Promise<{ status: number; body: string }> {
    const { establish, ...rest } = body as { establish: Record<string, unknown> };
    const order = parseOrder(rest, new Date(0).toISOString());
    try {
      return { status: 201, body: JSON.stringify({ establishData: this.#establish(establish, order) }) };
    } catch (error) {
      if (error instanceof EstablishError) return { status: 400, body: '{}' };
      throw error;
    }
  }

  #establish(establish: Record<string, unknown>, order: Order) {
    const { checkout } = this.#americas();
    if (checkout === undefined) throw new Error('no checkout');
    const nonce = `n${this.#sessions.size}`;
    const reference = `${order.reference}-${this.#sessions.size}`;
    this.#sessions.set(nonce, { reference, order: order.reference });
    const at = (what: string) => `${this.#base}/${what}`;
    const attempt = {
      merchantReference: reference,
      ...{
        returnUrl: at(`return/${nonce}`),
        cancelUrl: at(`cancel/${nonce}`),
        notificationUrl: at('events'),
      },
    };
    const { description, ...others } = establish;
    const input = {
      ...(this.#flaw === 'A6' || description === undefined ? others : establish),
      ...(this.#flaw === 'A8' ? { customer: { name: 'Nobody' } } : {}),
    };
    const data = establishData(input, { order, attempt }, checkout, parseKeys(this.#secret));
    this.#signature ??= data.requestSignature;
    return this.#flaw === 'A4' ? { ...data, requestSignature: this.#signature } : data;
  }

  #americas(): TrustlyAmericasAccount {
    if (this.#account.provider !== 'trustly-americas') throw new Error('not Trustly Americas');
    return this.#account;
  }

  #verify(message: Message) {
    const provider = providers[this.#account.provider];
    const { method, url, headers, body = '' } = message;
    const rawQuery = url.split('?')[1] ?? '';
    const request = { method, rawQuery, headers, body: Buffer.from(body), sourceIp: '192.0.2.1' };
    return provider.verify(request, this.#account, provider.parseKeys(this.#secret, this.#account));
  }

  #read(message: Message) {
    const verdict = this.#verify(message);
    if (!verdict.authentic || verdict.notification === undefined) return undefined;
    const { notification } = verdict;
    return {
      notification,
      key: providers[this.#account.provider].normalize(notification, this.#account).key,
    };
  }

  #notification(message: Message): Answer {
    const read = this.#read(message);
    const sent = this.contentOf(message);
    const isBelieved =
      (this.#flaw === 'A5' && message.headers.authorization !== undefined) ||
      this.#flaw === 'P4' ||
      (this.#flaw === 'N2' && message.headers.authorization === undefined);
    if (read === undefined && !isBelieved) {
      if (this.#flaw === 'R5') this.#file(sent.id).splitToken = 'sealed';
      return { status: 401, body: '' };
    }
    if (this.#flaw === 'N3' && sent.type === 'NobodyKnowsThis') return { status: 400, body: '' };
    if (this.#flaw === 'P2' && Number(sent.type) > 199) return { status: 404, body: '' };
    const key = this.#flaw === 'P3' ? sent.id : (read?.key ?? sent.id);
    const isCopy = this.#recorded.includes(key);
    if (!isCopy) this.#recorded.push(key);
    if (this.#flaw === 'E4') this.#recorded = this.#forgetful(isCopy);
    if (!isCopy || this.#flaw === 'A12') this.#apply(sent, message);
    return this.#reply(read?.notification, isCopy);
  }

  #copies = 0;
  #forgetful(isCopy: boolean): string[] {
    this.#copies += isCopy ? 1 : 0;
    return this.#copies % MEMORY === MEMORY - 1 ? [] : this.#recorded;
  }

  contentOf({ url, body = '' }: Message): Sent {
    if (this.#account.provider === 'trustly-europe') {
      const { method, params } = JSON.parse(body) as {
        method: string;
        params: { data: Record<string, string> };
      };
      return { id: params.data.orderid ?? '', type: method, becomes: EUROPE[method], fields: params.data };
    }
    const fields = Object.fromEntries(new URLSearchParams(body === '' ? (url.split('?')[1] ?? '') : body));
    if (this.#account.provider === 'paymentwall') {
      return { id: fields.ref ?? '', type: fields.type ?? '', becomes: PINGBACKS[fields.type ?? ''], fields };
    }
    const moves = fields.transactionType !== '1' || fields.status !== '4';
    const becomes = moves ? AMERICAS[fields.status ?? ''] : undefined;
    return { id: fields.objectId ?? '', type: fields.eventType ?? '', becomes, fields };
  }

  #apply({ id, becomes, fields }: Sent, { url, body = '' }: Message): void {
    const row = this.#row(id);
    if (this.#flaw === 'A11' || this.#flaw === 'P8a') row.text += url + decodeURIComponent(body);
    if (this.#flaw !== 'N4') {
      const { errorCode, suggestedRetryAmount, 'paymentProviderTransaction.status': code } = fields;
      Object.assign(row.details, { errorCode, suggestedRetryAmount, code });
    }
    if (fields.transactionType === '1') {
      const file = this.#file(id);
      file.bankAccount = this.#flaw !== 'R4';
      if (fields.splitToken !== undefined) file.splitToken = 'sealed';
    }
    if (becomes === undefined) return;
    const changesStatus = RANK.indexOf(becomes) > RANK.indexOf(row.status) || this.#flaw === 'N3a';
    if (changesStatus) row.status = becomes;
    const given = row.effects.filter(({ type }) => type === 'fulfil').length;
    const gives = becomes === 'paid' && row.status === 'paid' && (given === 0 || this.#repeats());
    if (gives && this.#flaw !== 'P5') this.addEffect(row, 'fulfil');
    if (becomes === 'denied') this.addEffect(row, 'payment.denied');
    if (becomes === 'reversed' && given > 0) this.addEffect(row, 'revoke');
  }

  #repeats = (): boolean => this.#flaw === 'A12' || this.#flaw === 'E4';

  addEffect(row: Row, type: string): void {
    row.effects.push({
      ...{ id: `${row.effects.length}#${type}`, type, state: 'delivered' },
      details: { ...row.details },
    });
  }

  #row(id: string): Row {
    const row = this.#rows.get(id) ?? { status: 'pending', effects: [], details: {}, text: `row of ${id}` };
    this.#rows.set(id, row);
    return row;
  }

  #file(id: string) {
    const file = this.#files.get(id) ?? { redirect: false, bankAccount: false };
    this.#files.set(id, file);
    return file;
  }

  #reply(notification: unknown, isCopy: boolean): Answer {
    const provider = providers[this.#account.provider];
    const keys = provider.parseKeys(this.#secret, this.#account);
    const { status, body } = provider.accept(notification, this.#account, keys);
    if (this.#flaw === 'N1') return { status: 202, body };
    if (this.#flaw === 'P1') return { status, body: `${body}\n` };
    if (this.#flaw === 'E2') return { status, body: '{"result":{"data":{"status":"OK"}},"version":"1.1"}' };
    if (this.#flaw === 'E3' && isCopy) return { status, body: body.replace('"OK"', '"FAILED"') };
    return { status, body };
  }

  #redirect({ url }: Message): Answer {
    const account = this.#americas();
    const [address = '', query = ''] = url.split('?');
    const kind = address.includes('/cancel/') ? 'cancel' : 'return';
    const { pages } = account.checkout ?? {
      pages: { selection: '', pending: '', confirmed: '', declined: '' },
    };
    const session = this.#sessions.get(address.split('/').at(-1) ?? '');
    const verdict = verifyRedirect(query, address, account, parseKeys(this.#secret));
    const fields = new URLSearchParams(query);
    const trusted =
      this.#flaw === 'R2'
        ? {
            status: fields.get('status') ?? '',
            transactionId: fields.get('transactionId') ?? '',
            merchantReference: fields.get('merchantReference') ?? '',
          }
        : undefined;
    const redirect = verdict.authentic ? verdict.redirect : trusted;
    const isOwn = redirect?.merchantReference === session?.reference || this.#flaw === 'R1';
    if (redirect === undefined || session === undefined || !isOwn) {
      if (kind === 'return' || this.#flaw === 'A1') return { status: 401, body: '' };
      return { status: 303, body: '', location: pages.selection };
    }
    if (kind === 'return') {
      this.#file(redirect.transactionId).redirect = this.#flaw !== 'A9';
      if (this.#flaw === 'A10') this.addEffect(this.#row(redirect.transactionId), 'fulfil');
    }
    const to = pageOf(kind, redirect, false);
    const at = { orderReference: session.order, pages };
    const location = this.#flaw === 'A2' ? pages[to] : locationOf(at, to, pageParameters(to, redirect));
    return { status: 303, body: '', location };
  }
}
