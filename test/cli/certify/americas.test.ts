/**
 * The notifications that `certify` sends as Trustly Americas: signed and repeated as Trustly does, and altered in each
 * way.
 */
import { describe, expect, it } from 'vitest';
import { americasProofs, attemptBody, eventOf } from '../../../cli/certify/americas.ts';
import { Findings, type Message } from '../../../cli/certify/rig.ts';
import { AMERICAS_EVENTS } from '../../../shared/providers/trustly-americas/tables.ts';
import { parseKeys, verify } from '../../../shared/providers/trustly-americas/verify.ts';
import { AMERICAS_SECRET, AMERICAS_URL, americasAccount, americasBench } from './bench.ts';
import { FlawedStack } from './flawed-stack.ts';

/** A stack without a flaw that records the messages that it receives. */
class Recorder extends FlawedStack {
  readonly messages: Message[] = [];
  readonly hungUp: Message[] = [];
  inFlight = 0;
  mostInFlight = 0;

  override async send(message: Message) {
    this.messages.push(message);
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    try {
      return await super.send(message);
    } finally {
      this.inFlight -= 1;
    }
  }

  override async sendAndHangUp(message: Message) {
    this.hungUp.push(message);
    await super.send(message);
  }
}

async function prove(id: string, account = americasAccount()) {
  const base = AMERICAS_URL.replace('/notifications', '');
  const rig = new Recorder({ account, secret: AMERICAS_SECRET, base });
  const outcome = await americasProofs[id]?.(americasBench(rig, account), new Findings());
  return { rig, outcome };
}

function isAuthentic({ method, headers, body = '' }: Message, account = americasAccount()): boolean {
  const request = { method, headers, rawQuery: '', body: Buffer.from(body), sourceIp: '192.0.2.1' };
  return verify(request, account, parseKeys(AMERICAS_SECRET)).authentic;
}

const fieldsOf = ({ body = '' }: Message) => Object.fromEntries(new URLSearchParams(body));

describe('an event of Trustly Americas', () => {
  it.each([
    ['SHA1', {}],
    ['SHA512', { minimumSignature: 'SHA512', checkout: { signature: 'SHA512' } }],
  ])('an event verifies with the key of an account whose minimum is %s', (_, more) => {
    const account = americasAccount(more);
    const event = eventOf(americasBench(undefined as never, account), { objectId: '1' });
    expect(isAuthentic(event, account)).toBe(true);
  });

  it('every event has another eventId, and given fields replace the usual fields', () => {
    const bench = americasBench(undefined as never);
    const [first, second] = [{ objectId: '1' }, { objectId: '1', status: '8' }].map((fields) =>
      fieldsOf(eventOf(bench, fields)),
    );
    expect(first?.eventId).not.toBe(second?.eventId);
    expect(first).toMatchObject({
      merchantReference: 'certify-test-1',
      status: '4',
      merchantId: '1002463580',
    });
    expect(second?.status).toBe('8');
  });
});

it('an attempt to pay has every customer field that the contract requires', () => {
  const bench = americasBench(undefined as never);
  expect(attemptBody(bench, 'an-order', { description: 'x' })).toMatchObject({
    ...{ reference: 'an-order', provider: 'trustly-americas', account: 'shop' },
    establish: {
      description: 'x',
      customer: { name: 'Certify Shopper', email: 'certify@shop.example', phone: '1', address: { zip: '1' } },
    },
  });
});

describe('messages of the proofs', () => {
  it('N1 sends one event and the 144 retries of twelve hours with the same bytes, four at a time', async () => {
    const { rig, outcome } = await prove('N1');
    expect(outcome?.verdict).toBe('pass');
    expect(rig.messages).toHaveLength(145);
    expect(new Set(rig.messages.map(({ body }) => body)).size).toBe(1);
    expect(rig.mostInFlight).toBe(4);
  });

  it('A12 sends one copy whose answer is cut off, and four whole copies', async () => {
    const { rig } = await prove('A12');
    expect(rig.hungUp).toHaveLength(1);
    expect(rig.messages.filter(({ body }) => body === rig.hungUp[0]?.body)).toHaveLength(4);
  });

  it('A5 sends one event that does not verify with the key of the account, and one event that verifies', async () => {
    const { rig, outcome } = await prove('A5');
    expect(outcome).toMatchObject({ verdict: 'pass', saw: '401, then 200: paid, 1 fulfil, 0 revoke' });
    expect(rig.messages.map((message) => isAuthentic(message))).toEqual([false, true]);
  });

  it('N2 sends seven different altered events, and none of the events verifies', async () => {
    const { rig, outcome } = await prove('N2');
    expect(outcome?.verdict).toBe('pass');
    const sent = rig.messages.map(({ headers, body }) => `${headers.authorization} ${body}`);
    expect(new Set(sent).size).toBe(7);
    expect(rig.messages.filter((message) => isAuthentic(message))).toEqual([]);
    expect(outcome?.did).toContain('altered in 7 ways: status changed, eventType changed');
  });

  it('N3 sends every event name of the table, other spellings and an unknown name', async () => {
    const { rig } = await prove('N3');
    const types = rig.messages.map((message) => fieldsOf(message).eventType);
    expect(new Set(types).size).toBe(types.length);
    const isDocumented = (name = '') => Object.hasOwn(AMERICAS_EVENTS, name);
    expect(types.filter(isDocumented)).toEqual(Object.keys(AMERICAS_EVENTS));
    const others = types.filter((name) => !isDocumented(name));
    expect(others).toEqual(['Completed', 'Failed', 'Canceled', 'Expired', 'NobodyKnowsThis']);
  });

  it('N3a sends the latest event of a payment first', async () => {
    const { rig } = await prove('N3a');
    const types = rig.messages.map((message) => fieldsOf(message).eventType);
    expect(types).toEqual([
      ...['Complete', 'Process', 'Authorize', 'Complete', 'Process', 'Authorize'],
      'Establish',
    ]);
  });
});

it('A11 is not used for an account without splitTokenKey, and sends nothing', async () => {
  const { splitTokenKey: _, ...account } = americasAccount();
  const { rig, outcome } = await prove('A11', account);
  expect(outcome?.verdict).toBe('none');
  expect(rig.messages).toEqual([]);
});
