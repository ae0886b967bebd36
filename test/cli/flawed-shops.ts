/**
 * Shops with one flaw each, as controls of `payhooks accept`. Each flaw occurs in real shops, and the scenario in
 * `caughtBy` finds it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Hono } from 'hono';

interface ShopEvent {
  readonly id: string;
  readonly type: string;
  readonly payment: string;
  readonly orderReference: string;
  readonly epoch: number;
}

/** The differences of a flawed shop from a correct shop. */
interface Flaw {
  readonly caughtBy: string;
  readonly checksSignature?: boolean;
  readonly checksAge?: boolean;
  /** The key by which the shop recognizes a copy; undefined: the shop recognizes no copy. */
  readonly keyOf?: ((event: ShopEvent, headers: Headers) => string) | undefined;
  /** The shop reads first and writes later, so that simultaneous copies do not find each other. */
  readonly looksFirst?: boolean;
  /** The first answer is a failure, after the goods went out and before the shop stores the event. */
  readonly failsFirst?: boolean;
  /** The shop stops between the goods and the storing of the event when its caller hangs up. */
  readonly stopsWithCaller?: boolean;
  readonly knownAnswer?: number;
  readonly unknownTypeAnswer?: number;
  readonly ignoresRevoke?: boolean;
  /** The shop forgets a `revoke` that came before its `fulfil`. */
  readonly forgetsEarlyRevoke?: boolean;
  /** The shop gives goods once per payment, whatever the epoch. */
  readonly ignoresEpoch?: boolean;
  /** A `revoke` takes back all goods of the order, of any epoch. */
  readonly revokesAnyEpoch?: boolean;
  /** The shop verifies the body after parsing and writing it again. */
  readonly verifiesNothingOfBody?: boolean;
  /** `payment.denied` takes back the goods of its order. */
  readonly denialRevokes?: boolean;
  /** Every `payment.paid` gives goods. */
  readonly paidGives?: boolean;
  /** The shop ignores the type: every event gives goods. */
  readonly anythingGives?: boolean;
  readonly neverGives?: boolean;
}

export const FLAWS: Readonly<Record<string, Flaw>> = {
  'gives nothing': { caughtBy: 'once', neverGives: true },
  'recognises no copy': { caughtBy: 'twice', keyOf: undefined },
  'refuses a copy with 409': { caughtBy: 'twice', knownAnswer: 409 },
  'reads first and writes later': { caughtBy: 'at-once', looksFirst: true },
  'stops its work when its caller disconnects': { caughtBy: 'answer-lost', stopsWithCaller: true },
  'remembers the event only after its first answer': { caughtBy: 'failed-then-taken', failsFirst: true },
  'recognises copies by their time stamp': {
    caughtBy: 're-signed',
    keyOf: ({ id }, headers) => `${id} ${headers.get('webhook-timestamp')}`,
  },
  'recognises copies by their signature': {
    caughtBy: 're-signed',
    keyOf: (_, headers) => String(headers.get('webhook-signature')),
  },
  'ignores revoke': { caughtBy: 'revoke', ignoresRevoke: true },
  'forgets a revoke before its fulfil': { caughtBy: 'revoke-first', forgetsEarlyRevoke: true },
  'gives goods on payment.paid': { caughtBy: 'reversed-sequence', paidGives: true },
  'ignores the epoch of a fulfil': { caughtBy: 'second-epoch', ignoresEpoch: true },
  'takes back the goods of every epoch': { caughtBy: 'old-revoke', revokesAnyEpoch: true, keyOf: undefined },
  'takes goods back on payment.denied': { caughtBy: 'late-denial', denialRevokes: true },
  'refuses types that it does not know': { caughtBy: 'unknown-type', unknownTypeAnswer: 400 },
  'gives goods on any event': { caughtBy: 'unknown-type', anythingGives: true },
  'checks no signature': { caughtBy: 'forged', checksSignature: false },
  'verifies the headers only': { caughtBy: 'altered', verifiesNothingOfBody: true },
  'checks no age': { caughtBy: 'stale', checksAge: false },
};

interface Grant {
  given: number;
  taken: number;
}

export function flawedShop(flaw: Omit<Flaw, 'caughtBy'>, secret: string): Hono {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const seen = new Set<string>();
  const failed = new Set<string>();
  const grants = new Map<string, Map<string, Grant>>();
  const app = new Hono();

  const grantOf = (order: string, name: string): Grant => {
    const ofOrder = grants.get(order) ?? new Map<string, Grant>();
    grants.set(order, ofOrder);
    const grant = ofOrder.get(name) ?? { given: 0, taken: 0 };
    ofOrder.set(name, grant);
    return grant;
  };

  const apply = (event: ShopEvent): void => {
    const { type, orderReference: order, payment, epoch } = event;
    const name = flaw.ignoresEpoch ? payment : `${payment} ${epoch}`;
    const gives =
      flaw.anythingGives || type === 'fulfil' || (flaw.paidGives === true && type === 'payment.paid');
    if (flaw.denialRevokes && type === 'payment.denied') {
      for (const grant of grants.get(order)?.values() ?? []) grant.taken = grant.given;
      return;
    }
    if (gives) {
      if (flaw.neverGives) return;
      const grant = grantOf(order, name);
      // No goods go out if a `revoke` came before, or if the goods went out already and the shop recognizes copies.
      if (
        !('keyOf' in flaw) &&
        !flaw.looksFirst &&
        !flaw.failsFirst &&
        !flaw.stopsWithCaller &&
        (grant.given > 0 || closed.has(grant))
      ) {
        if (!flaw.paidGives && !flaw.anythingGives) return;
      }
      if (closed.has(grant)) return;
      grant.given += 1;
      return;
    }
    if (type !== 'revoke' || flaw.ignoresRevoke) return;
    if (flaw.revokesAnyEpoch) {
      for (const grant of grants.get(order)?.values() ?? []) grant.taken = grant.given;
      return;
    }
    const grant = grantOf(order, name);
    if (grant.given === 0 && flaw.forgetsEarlyRevoke) return;
    grant.taken = grant.given;
    if (!flaw.ignoresEpoch) closed.add(grant);
  };
  const closed = new Set<Grant>();

  app.post('/hooks', async (context) => {
    const body = await context.req.text();
    const headers = context.req.raw.headers;
    if (
      flaw.checksSignature !== false &&
      !isSigned(key, headers, flaw.verifiesNothingOfBody ? undefined : body)
    ) {
      return context.body(null, 401);
    }
    const age = Date.now() / 1_000 - Number(headers.get('webhook-timestamp'));
    if (flaw.checksAge !== false && flaw.checksSignature !== false && Math.abs(age) > 300) {
      return context.body(null, 401);
    }
    const event = JSON.parse(body) as ShopEvent;
    const isKnownType = /^(fulfil|revoke|payment\.(paid|denied))$/.test(event.type);
    if (!isKnownType && flaw.unknownTypeAnswer !== undefined)
      return context.body(null, flaw.unknownTypeAnswer as 400);
    const name = 'keyOf' in flaw ? flaw.keyOf?.(event, headers) : event.id;
    if (name !== undefined && seen.has(name)) return context.body(null, (flaw.knownAnswer ?? 204) as 204);
    if (flaw.looksFirst) await sleep(20);
    apply(event);
    if (flaw.stopsWithCaller && context.req.raw.signal.aborted) return context.body(null, 499 as 400);
    if (flaw.failsFirst && !failed.has(event.id)) {
      failed.add(event.id);
      return context.body(null, 500);
    }
    if (name !== undefined) seen.add(name);
    return context.body(null, 204);
  });

  app.get('/orders/:order', (context) => {
    const all = [...(grants.get(context.req.param('order'))?.values() ?? [])];
    const sum = (field: 'given' | 'taken') => all.reduce((total, grant) => total + grant[field], 0);
    return context.json({ given: sum('given'), taken: sum('taken') });
  });
  return app;
}

function isSigned(key: Buffer, headers: Headers, body: string | undefined): boolean {
  const signature = String(headers.get('webhook-signature')).replace(/^v1,/, '');
  if (body === undefined) return signature.length === 44;
  const content = `${headers.get('webhook-id')}.${headers.get('webhook-timestamp')}.${body}`;
  const expected = createHmac('sha256', key).update(content).digest();
  const given = Buffer.from(signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
