/** Paymentwall: sends pingbacks like its servers, of any API and signature version. */
import { SOURCE_IP_HEADER } from '../../local/aws/gateway.ts';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import type { PaymentwallAccount } from '../../shared/providers/paymentwall/account.ts';
import { RUN_PREFIX } from './recorded.ts';
import {
  type Bench,
  expectCompleted,
  expectEmptyQueue,
  expectRefusals,
  expectStatus,
  expectUnchanged,
  type Findings,
  finalState,
  fulfils,
  type Message,
  notTried,
  type Outcome,
  type Proof,
  registerOrder,
  revokes,
} from './rig.ts';

type PaymentwallBench = Bench<PaymentwallAccount>;
type PaymentwallProof = Proof<PaymentwallAccount>;

/** An address of the published range; only the local gateway accepts this header. */
const PAYMENTWALL_ADDRESS = '216.127.71.25';
/** An end user that does not exist; recorded.ts recognizes it. */
const UID = `${RUN_PREFIX}shopper`;

/** An account that checks the source address can be tested from here on the local stack only. */
const fromPaymentwall =
  (proof: (bench: PaymentwallBench, found: Findings) => Promise<Outcome>): PaymentwallProof =>
  async (bench, found) =>
    bench.account.sourceAddresses === 'check' && !bench.isLocal
      ? notTried('the account accepts Paymentwall’s own addresses only, and this computer has none of them')
      : proof(bench, found);

interface PingbackOf {
  readonly ref: string;
  readonly type: string;
  readonly more?: readonly (readonly [string, string])[];
  /** The key to sign with instead of the account's own. */
  readonly secretKey?: string;
}

function pingback(bench: PaymentwallBench, { ref, type, more = [], secretKey }: PingbackOf): Message {
  const { api, signatureVersion: version } = bench.account;
  const coins = type === '2' ? '-100' : '100';
  const bought = {
    digital_goods: [
      ['goodsid', `${bench.run}-${ref}`],
      ['slength', ''],
      ['speriod', ''],
    ],
    virtual_currency: [['currency', coins]],
    cart: [
      ['goodsid[0]', `${bench.run}-${ref}`],
      ['goodsid[1]', 'shield'],
    ],
  } as const;
  const params = [
    ['uid', UID],
    ...bought[api],
    ['type', type],
    ['ref', ref],
    ...more,
    ['is_test', '1'],
  ] as const;
  const key = secretKey ?? String(bench.key.secretKey);
  const query = signPingback(params, { secretKey: key, api, version });
  const headers =
    bench.isLocal && bench.account.sourceAddresses === 'check'
      ? { [SOURCE_IP_HEADER]: PAYMENTWALL_ADDRESS }
      : {};
  return { method: 'GET', url: `${bench.url}?${query}`, headers };
}

const newRef = (bench: PaymentwallBench): string => `b${bench.newId()}`;

/** @returns the ref of a payment whose order is registered */
function registered(bench: PaymentwallBench): Promise<string> {
  const ref = newRef(bench);
  const amounts = [{ currency: 'USD', open: true }];
  return registerOrder(bench, ref, { amounts, aliases: [{ type: 'id', value: ref }] });
}

/** Paymentwall accepts nothing but 200 and these two letters. */
async function expectOk(bench: PaymentwallBench, message: Message, found: Findings, what: string) {
  const { status, body } = await bench.rig.send(message);
  found.expect(
    status === 200 && body === 'OK',
    `${what} was answered ${status || 'nothing'} "${body.slice(0, 20)}"`,
  );
}

const chargeback = (bench: PaymentwallBench, ref: string): Message =>
  pingback(bench, { ref, type: '2', more: [['reason', '1']] });

const answersOk = fromPaymentwall(async (bench, found) => {
  const ref = await registered(bench);
  await expectOk(bench, pingback(bench, { ref, type: '0' }), found, 'type 0');
  await expectOk(bench, chargeback(bench, ref), found, 'type 2');
  return found.outcome('sent a type 0, then a type 2', '200 and exactly OK, both times');
});

const answersBrick = fromPaymentwall(async (bench, found) => {
  const [accepted, declined] = [await registered(bench), newRef(bench)];
  for (const [ref, type] of [
    [accepted, '200'],
    [accepted, '201'],
    [declined, '200'],
    [declined, '202'],
  ] as const)
    await expectOk(bench, pingback(bench, { ref, type }), found, `type ${type}`);
  const known = await expectCompleted(bench.rig, accepted, found);
  const denied = await expectStatus(bench.rig, declined, 'denied', found);
  found.expect(fulfils(denied) === 0, 'goods were given for the declined payment');
  return found.outcome(
    'sent 200 then 201 of one payment, 200 then 202 of another',
    `OK each time; ${finalState(known)}; ${finalState(denied)}`,
  );
});

const absorbsCopies = fromPaymentwall(async (bench, found) => {
  const ref = await registered(bench);
  const paid = pingback(bench, { ref, type: '0' });
  await bench.rig.sendAndHangUp(paid);
  await expectOk(bench, paid, found, 'type 0');
  const before = await expectCompleted(bench.rig, ref, found);
  for (let copy = 0; copy < 3; copy++) await expectOk(bench, paid, found, 'a repeated type 0');
  const expected = fulfils(await expectUnchanged(bench.rig, ref, before, found));
  await expectOk(bench, chargeback(bench, ref), found, 'type 2');
  await bench.rig.waitUntil(async () => revokes(await bench.rig.payment(ref)) === expected);
  const known = await expectStatus(bench.rig, ref, 'reversed', found);
  found.expect(revokes(known) === expected, `${revokes(known)} revoke instead of ${expected}`);
  return found.outcome(
    'sent one type 0 and closed the connection before the answer, sent it four times, then type 2 of the same ref',
    `OK each time; ${finalState(known)}`,
  );
});

const refusesForged = fromPaymentwall(async (bench, found) => {
  const ref = newRef(bench);
  const genuine = chargeback(bench, ref);
  const change = (from: string | RegExp, to: string): Message => ({
    ...genuine,
    url: genuine.url.replace(from, to),
  });
  const altered = [
    ['another key', pingback(bench, { ref, type: '0', secretKey: 'of-nobody' })],
    ['type changed', change('type=2', 'type=0')],
    ['uid changed', change(`uid=${UID}`, 'uid=thief')],
    ['no signature', change(/&sig=[0-9a-f]*/, '')],
    ['an empty signature', change(/&sig=[0-9a-f]*/, '&sig=')],
  ] as const;
  return expectRefusals(bench.rig, altered, ref, found);
});

const delivers = fromPaymentwall(async (bench, found) => {
  const ref = await registered(bench);
  const message = pingback(bench, { ref, type: '0' });
  await expectOk(bench, message, found, 'type 0');
  const known = await expectCompleted(bench.rig, ref, found);
  found.expect(await bench.rig.isRecorded(message), 'the pingback is not in the ledger');
  return found.outcome('sent a type 0 for a registered order', `recorded; ${finalState(known)}`);
});

/** A card number of the schemes' test ranges, with a valid check digit. */
const CARD = '4111111111111111';

const storesNoCard = fromPaymentwall(async (bench, found) => {
  const ref = await registered(bench);
  const message = pingback(bench, { ref, type: '0', more: [['custom_note', CARD]] });
  await expectOk(bench, message, found, 'a pingback with a card number in a custom parameter');
  await bench.rig.waitUntil(async () => (await bench.rig.payment(ref)) !== undefined);
  await expectEmptyQueue(bench.rig, found);
  const stored = await bench.rig.storedText(ref);
  found.expect(stored !== '', 'nothing of it is stored');
  found.expect(!stored.includes(CARD), 'the card number is stored in clear');
  return found.outcome(
    'sent a pingback with a test card number in a custom parameter',
    'no row of its payment has the number in clear',
  );
});

export const paymentwallProofs: Readonly<Record<string, PaymentwallProof>> = {
  P1: answersOk,
  P2: answersBrick,
  P3: absorbsCopies,
  P4: refusesForged,
  P5: delivers,
  P8a: storesNoCard,
};
