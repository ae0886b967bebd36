/** Paymentwall: sends pingbacks like its servers, of any API and signature version. */
import { SOURCE_IP_HEADER } from '../../local/aws/gateway.ts';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import type { PaymentwallAccount } from '../../shared/providers/paymentwall/account.ts';
import { RUN_PREFIX } from './recorded.ts';
import {
  type Bench,
  completed,
  ended,
  Findings,
  fulfils,
  type Message,
  type Outcome,
  type Proof,
  refused,
  revokes,
  unchanged,
  untried,
} from './rig.ts';

type PaymentwallBench = Bench<PaymentwallAccount>;
type PaymentwallProof = Proof<PaymentwallAccount>;

/** An address of the published range; only the local gateway accepts this header. */
const THEIR_ADDRESS = '216.127.71.25';
/** An end user that does not exist; recorded.ts recognizes it. */
const UID = `${RUN_PREFIX}shopper`;

/** An account that checks the source address can be tested from here on the local stack only. */
const fromTheirs =
  (proof: (bench: PaymentwallBench, found: Findings) => Promise<Outcome>): PaymentwallProof =>
  async (bench) =>
    bench.account.sourceAddresses === 'check' && !bench.isLocal
      ? untried('only Paymentwall’s own addresses are let in, and this computer has none of them')
      : proof(bench, new Findings());

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
    bench.isLocal && bench.account.sourceAddresses === 'check' ? { [SOURCE_IP_HEADER]: THEIR_ADDRESS } : {};
  return { method: 'GET', url: `${bench.url}?${query}`, headers };
}

async function expected(bench: PaymentwallBench): Promise<string> {
  const ref = `b${bench.newId()}`;
  await bench.rig.register({
    ...{ reference: `${bench.run}-${ref}`, kind: 'payment', use: 'once' },
    ...{ provider: 'paymentwall', account: bench.account.account },
    amounts: [{ currency: 'USD', open: true }],
    aliases: [{ type: 'id', value: ref }],
  });
  return ref;
}

/** Paymentwall accepts nothing but 200 and these two letters. */
async function isOk(bench: PaymentwallBench, message: Message, found: Findings, what: string): Promise<void> {
  const { status, body } = await bench.rig.send(message);
  found.expect(
    status === 200 && body === 'OK',
    `${what} was answered ${status || 'nothing'} "${body.slice(0, 20)}"`,
  );
}

const answersOk = fromTheirs(async (bench, found) => {
  const ref = await expected(bench);
  await isOk(bench, pingback(bench, { ref, type: '0' }), found, 'type 0');
  await isOk(bench, pingback(bench, { ref, type: '2', more: [['reason', '1']] }), found, 'type 2');
  return found.outcome('a type 0, then a type 2', '200 and exactly OK, both times');
});

const answersBrick = fromTheirs(async (bench, found) => {
  const [accepted, declined] = [await expected(bench), `b${bench.newId()}`];
  for (const [ref, type] of [
    [accepted, '200'],
    [accepted, '201'],
    [declined, '200'],
    [declined, '202'],
  ] as const)
    await isOk(bench, pingback(bench, { ref, type }), found, `type ${type}`);
  const known = await completed(bench.rig, accepted, found);
  await bench.rig.until(async () => (await bench.rig.payment(declined))?.status === 'denied');
  const denied = await bench.rig.payment(declined);
  found.expect(denied?.status === 'denied', `the declined one is ${denied?.status ?? 'not in the ledger'}`);
  found.expect(fulfils(denied) === 0, 'goods were given for the declined one');
  return found.outcome(
    '200 then 201 of one payment, 200 then 202 of another',
    `OK each time; ${ended(known)}; ${ended(denied)}`,
  );
});

const absorbsRef = fromTheirs(async (bench, found) => {
  const ref = await expected(bench);
  const paid = pingback(bench, { ref, type: '0' });
  await bench.rig.drop(paid);
  await isOk(bench, paid, found, 'type 0');
  const before = await completed(bench.rig, ref, found);
  for (let copy = 0; copy < 3; copy++) await isOk(bench, paid, found, 'a repeated type 0');
  const once = await unchanged(bench.rig, ref, before, found);
  const taken = pingback(bench, { ref, type: '2', more: [['reason', '1']] });
  await isOk(bench, taken, found, 'type 2');
  const wanted = fulfils(once);
  await bench.rig.until(async () => {
    const known = await bench.rig.payment(ref);
    return known?.status === 'reversed' && revokes(known) === wanted;
  });
  const known = await bench.rig.payment(ref);
  found.expect(
    known?.status === 'reversed',
    `after type 2 the payment is ${known?.status ?? 'not in the ledger'}`,
  );
  found.expect(revokes(known) === wanted, `${revokes(known)} revoke instead of ${wanted}`);
  return found.outcome(
    'one type 0: answer dropped, then four times; then type 2 of the same ref',
    `OK each time; ${ended(known)}`,
  );
});

const refusesForged = fromTheirs(async (bench, found) => {
  const ref = `b${bench.newId()}`;
  const genuine = pingback(bench, { ref, type: '2', more: [['reason', '1']] });
  const altered: readonly (readonly [string, Message])[] = [
    ['another key', pingback(bench, { ref, type: '0', secretKey: 'of-nobody' })],
    ['type changed', { ...genuine, url: genuine.url.replace('type=2', 'type=0') }],
    ['uid changed', { ...genuine, url: genuine.url.replace(`uid=${UID}`, 'uid=thief') }],
    ['no signature', { ...genuine, url: genuine.url.replace(/&sig=[0-9a-f]*/, '') }],
    ['an empty signature', { ...genuine, url: genuine.url.replace(/&sig=[0-9a-f]*/, '&sig=') }],
  ];
  for (const [what, message] of altered) {
    const answer = await bench.rig.send(message);
    found.expect(refused(answer), `${what}: answered ${answer.status}`);
    found.expect(answer.body !== 'OK', `${what}: answered OK`);
  }
  found.expect(await bench.rig.workedOff(), 'the queue did not become empty');
  found.expect((await bench.rig.payment(ref)) === undefined, 'a refused one is in the ledger');
  return found.outcome(altered.map(([what]) => what).join(', '), 'each refused with 4xx, nothing kept');
});

const delivers = fromTheirs(async (bench, found) => {
  const ref = await expected(bench);
  const message = pingback(bench, { ref, type: '0' });
  await isOk(bench, message, found, 'type 0');
  const known = await completed(bench.rig, ref, found);
  found.expect(await bench.rig.isRecorded(message), 'the pingback is not in the ledger');
  return found.outcome('a type 0 for a registered order', `recorded; ${ended(known)}`);
});

/** A card number of the schemes' test ranges, with a valid check digit. */
const CARD = '4111111111111111';

const keepsNoCard = fromTheirs(async (bench, found) => {
  const ref = await expected(bench);
  const message = pingback(bench, { ref, type: '0', more: [['custom_note', CARD]] });
  await isOk(bench, message, found, 'a pingback with a card number in a custom parameter');
  await bench.rig.until(async () => (await bench.rig.payment(ref)) !== undefined);
  found.expect(await bench.rig.workedOff(), 'the queue did not become empty');
  const stored = await bench.rig.stored(ref);
  found.expect(stored !== '', 'nothing is stored of it');
  found.expect(!stored.includes(CARD), 'the card number is stored in clear');
  return found.outcome(
    'a pingback whose custom parameter holds a test card number',
    'in no row of its payment in clear',
  );
});

export const paymentwallProofs: Readonly<Record<string, PaymentwallProof>> = {
  P1: answersOk,
  P2: answersBrick,
  P3: absorbsRef,
  P4: refusesForged,
  P5: delivers,
  P8a: keepsNoCard,
};
