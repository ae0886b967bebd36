/** Trustly Americas, notifications: tests the listener against Trustly's go-live page, with requests like Trustly's. */
import { signNotification } from '../../local/demo/senders/trustly-americas.ts';
import type { TrustlyAmericasAccount } from '../../shared/providers/trustly-americas/account.ts';
import {
  type Bench,
  completed,
  ended,
  Findings,
  type Message,
  none,
  type Proof,
  refused,
  unchanged,
} from './rig.ts';

export type AmericasBench = Bench<TrustlyAmericasAccount>;
type AmericasProof = Proof<TrustlyAmericasAccount>;

/** Every 5 minutes for 12 hours. */
const RETRIES = 144;
/** Retries in flight at once. */
const AT_ONCE = 4;

/** The names of docs/protocols/trustly-americas-values.md#event-names, and one unknown name. */
const EVENT_TYPES = [
  ...['Establish', 'Authorize', 'DataReady', 'Update', 'Process', 'Complete', 'Completed', 'Fail', 'Failed'],
  ...['Deny', 'Cancel', 'Cancelled', 'Canceled', 'Expire', 'Expired', 'Refund', 'Reclaim', 'Reverse'],
  ...['Dispute', 'Reconcile', 'Hold', 'Approve', 'Represent', 'Refresh', 'ReverseEndUserTransaction'],
  ...[
    'CONSENT_REVOKED',
    'VerifyCustomer',
    'VerifyAccount',
    'SendChallenge',
    'ChallengeCompleted',
    'Feedback',
  ],
  ...['FIUser', 'FIAccountBalance', 'FIAccountActivity', 'FISelectedAccounts', 'SessionStepStart'],
  ...['SessionStepComplete', 'SessionStepJSError', 'Tokenize', 'Income', 'NobodyKnowsThis'],
];

export const credentialsOf = ({ key, account }: AmericasBench) => ({
  accessId: String(key.accessId),
  accessKey: String(key.accessKey),
  ...(account.minimumSignature === 'SHA512' ? { algorithm: 'sha512' as const } : {}),
});

/** One event of a capture; later fields replace earlier ones. */
export function eventOf(bench: AmericasBench, fields: Readonly<Record<string, string>>): Message {
  const all = {
    merchantId: bench.account.checkout?.merchantId ?? '0',
    merchantReference: `${bench.run}-${fields.objectId ?? '0'}`,
    paymentType: '2',
    transactionType: '3',
    eventId: bench.newId(),
    eventType: 'Complete',
    objectType: 'Transaction',
    message: '',
    timeZone: 'Etc/UTC',
    createdAt: String(Date.now()),
    fiName: 'Demo Bank',
    status: '4',
    statusMessage: 'Completed',
    ...fields,
  };
  return { method: 'POST', url: bench.url, ...signNotification(all, credentialsOf(bench)) };
}

/** Registers an order for any amount; returns the id of its payment. */
async function expected(bench: AmericasBench): Promise<string> {
  const id = bench.newId();
  await bench.rig.register({
    ...{ reference: `${bench.run}-${id}`, kind: 'payment', use: 'once' },
    ...{ provider: 'trustly-americas', account: bench.account.account },
    amounts: [{ currency: 'USD', open: true }],
  });
  return id;
}

async function takes(bench: AmericasBench, message: Message, found: Findings, what = 'it'): Promise<void> {
  const { status } = await bench.rig.send(message);
  found.expect(status === 200, `${what} was answered ${status || 'nothing'} instead of 200`);
}

/** @returns how often it was sent */
async function repeat(bench: AmericasBench, message: Message, times: number, found: Findings) {
  for (let sent = 0; sent < times; sent += AT_ONCE) {
    const now = Math.min(AT_ONCE, times - sent);
    await Promise.all(Array.from({ length: now }, () => takes(bench, message, found, 'a retry')));
  }
}

const checksSignature: AmericasProof = async (bench) => {
  const found = new Findings();
  const { rig } = bench;
  const [forgedId, genuineId] = [bench.newId(), await expected(bench)];
  const forged = {
    ...eventOf(bench, { objectId: forgedId }),
    ...signNotification(
      { eventId: bench.newId(), eventType: 'Complete', objectId: forgedId, status: '4' },
      { ...credentialsOf(bench), accessKey: 'of-nobody' },
    ),
  };
  const answer = await rig.send(forged);
  found.expect(refused(answer), `signed with another key, it was answered ${answer.status}`);
  await takes(bench, eventOf(bench, { objectId: genuineId }), found, 'a genuine one');
  const known = await completed(rig, genuineId, found);
  found.expect((await rig.payment(forgedId)) === undefined, 'the forged one is in the ledger');
  return found.outcome(
    'one event under another key, one under the account’s',
    `401, then 200: ${ended(known)}`,
  );
};

const absorbsCopies: AmericasProof = async (bench) => {
  const found = new Findings();
  const id = await expected(bench);
  const message = eventOf(bench, { objectId: id });
  await bench.rig.drop(message);
  await takes(bench, message, found);
  const before = await completed(bench.rig, id, found);
  await repeat(bench, message, 3, found);
  const after = await unchanged(bench.rig, id, before, found);
  return found.outcome('one Complete: answer dropped, then four times more', ended(after));
};

const retries: AmericasProof = async (bench) => {
  const found = new Findings();
  const id = await expected(bench);
  const message = eventOf(bench, { objectId: id });
  await takes(bench, message, found);
  const before = await completed(bench.rig, id, found);
  await repeat(bench, message, RETRIES, found);
  const after = await unchanged(bench.rig, id, before, found);
  return found.outcome(
    `one Complete, then its ${RETRIES} retries at speed`,
    `200 each time: ${ended(after)}`,
  );
};

const refusesAltered: AmericasProof = async (bench) => {
  const found = new Findings();
  const id = bench.newId();
  const genuine = eventOf(bench, { objectId: id, eventType: 'Fail', status: '5', statusMessage: 'Failed' });
  const change = (from: string, to: string): Message => ({
    ...genuine,
    body: (genuine.body ?? '').replace(from, to),
  });
  const altered: readonly (readonly [string, Message])[] = [
    ['status changed', change('status=5', 'status=4')],
    ['eventType changed', change('eventType=Fail', 'eventType=Complete')],
    ['objectId changed', change(`objectId=${id}`, `objectId=${id}9`)],
    ['a field added', { ...genuine, body: `${genuine.body}&errorCode=330` }],
    ['a field removed', change('&fiName=Demo+Bank', '')],
    ['no Authorization', { ...genuine, headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['an empty Authorization', { ...genuine, headers: { ...genuine.headers, authorization: 'Basic ' } }],
  ];
  for (const [what, message] of altered) {
    const answer = await bench.rig.send(message);
    found.expect(refused(answer), `${what}: answered ${answer.status}`);
  }
  found.expect(await bench.rig.workedOff(), 'the queue did not become empty');
  found.expect((await bench.rig.payment(id)) === undefined, 'an altered one is in the ledger');
  const did = `one event, altered ${altered.length} ways: ${altered.map(([what]) => what).join(', ')}`;
  return found.outcome(did, 'each refused with 4xx, nothing kept');
};

const takesEveryType: AmericasProof = async (bench) => {
  const found = new Findings();
  const messages = EVENT_TYPES.map((eventType) => {
    // Dispute, DataReady and Refresh have no status.
    const isBare = ['Dispute', 'DataReady', 'Refresh'].includes(eventType);
    const fields = { objectId: bench.newId(), eventType, transactionType: '1', paymentType: '2' };
    return [
      eventType,
      eventOf(bench, isBare ? { ...fields, status: '', statusMessage: '' } : { ...fields, status: '2' }),
    ] as const;
  });
  for (const [what, message] of messages) await takes(bench, message, found, what);
  for (const [what, message] of messages) {
    const isThere = await bench.rig.until(() => bench.rig.isRecorded(message));
    found.expect(isThere, `${what} is not in the ledger`);
  }
  return found.outcome(
    `${messages.length} event types, one of them unknown`,
    'each answered 200 and recorded',
  );
};

/** Tests the default notificationUrl; redirects.ts tests the one in establishData. */
const takesBatches: AmericasProof = async (bench) => {
  const found = new Findings();
  const ids = [await expected(bench), await expected(bench)];
  const steps = [
    { eventType: 'Authorize', status: '2', statusMessage: 'Authorized' },
    { eventType: 'Process', status: '3', statusMessage: 'Processed' },
    { eventType: 'Complete', status: '4', statusMessage: 'Completed' },
  ];
  const batch = ids.flatMap((objectId) => steps.map((step) => eventOf(bench, { objectId, ...step })));
  await Promise.all(batch.toReversed().map((message) => takes(bench, message, found, 'one of a batch')));
  const urls = await notificationUrls(bench, found);
  const known = [];
  for (const id of ids) known.push(await completed(bench.rig, id, found));
  const did = `${batch.length} events of two payments at once, the latest first${urls}`;
  return found.outcome(did, `each 200: ${known.map(ended).join('; ')}`);
};

async function notificationUrls(bench: AmericasBench, found: Findings): Promise<string> {
  if (bench.account.checkout === undefined) return '';
  const { body } = await bench.rig.checkout(attempt(bench, `${bench.run}-url`));
  const { establishData } = JSON.parse(body) as {
    readonly establishData?: { readonly notificationUrl?: string };
  };
  const url = establishData?.notificationUrl ?? '';
  found.expect(url !== '', 'establishData has no notificationUrl');
  const message = {
    ...eventOf(bench, { objectId: bench.newId(), eventType: 'Establish', status: '1' }),
    url,
  };
  await takes(bench, message, found, 'one at the notificationUrl of establishData');
  return '; one at the notificationUrl of establishData';
}

/** The body of POST /checkout/orders that starts an attempt to pay. */
export const attempt = ({ account }: AmericasBench, reference: string, establish: object = {}) => ({
  ...{ reference, provider: 'trustly-americas', account: account.account },
  amounts: [{ currency: 'USD', exact: '902.50' }],
  establish: { paymentType: 'Deferred', customer: customerFor(account), ...establish },
});

/** Customer data with every field that the account's contract requires. */
function customerFor({ checkout }: TrustlyAmericasAccount): Record<string, unknown> {
  const customer: Record<string, unknown> = { name: 'Certify Shopper', email: 'certify@shop.example' };
  for (const path of checkout?.required ?? []) {
    const [first, name, inner] = path.split('.');
    if (first !== 'customer' || name === undefined || customer[name] !== undefined) continue;
    customer[name] = inner === undefined ? '1' : { [inner]: '1' };
  }
  return customer;
}

const takesConditional: AmericasProof = async (bench) => {
  const found = new Findings();
  const id = bench.newId();
  const denied = eventOf(bench, {
    ...{ objectId: id, eventType: 'Deny', status: '8', statusMessage: 'Denied' },
    ...{ errorCode: '331', suggestedRetryAmount: '25.00' },
    'paymentProviderTransaction.status': 'SW021',
    'paymentProviderTransaction.statusMessage': 'Authorization denied',
  });
  const authorized = eventOf(bench, {
    ...{ objectId: bench.newId(), eventType: 'Authorize', transactionType: '1', status: '2' },
    ...{
      fiCode: '200005501',
      paymentProviderType: 'PWMB',
      accountVerified: 'true',
      splitToken: 'certify+a/b=',
    },
  });
  await takes(bench, denied, found, 'a Deny with its codes');
  await takes(bench, authorized, found, 'an Authorize with a splitToken');
  await bench.rig.until(async () => {
    const { status, effects = [] } = (await bench.rig.payment(id)) ?? {};
    return status === 'denied' && effects.length > 0;
  });
  const known = await bench.rig.payment(id);
  found.expect(known?.status === 'denied', `the payment is ${known?.status ?? 'not in the ledger'}`);
  const hears = (name: string, value: string) =>
    known?.effects.some(({ details }) => details[name] === value);
  for (const [name, value] of [
    ['errorCode', '331'],
    ['suggestedRetryAmount', '25.00'],
    ['code', 'SW021'],
  ] as const)
    found.expect(hears(name, value) === true, `the merchant does not hear ${name}`);
  const isThere = await bench.rig.until(() => bench.rig.isRecorded(authorized));
  found.expect(isThere, 'the Authorize is not in the ledger');
  const did = 'a Deny with errorCode, suggestedRetryAmount and provider codes; an Authorize with splitToken';
  return found.outcome(did, 'both 200; the merchant hears codes and amount');
};

const keepsSplitToken: AmericasProof = async (bench) => {
  if (bench.account.splitTokenKey === undefined)
    return none('the account has no splitTokenKey: tokens are dropped');
  const found = new Findings();
  const id = bench.newId();
  const fields = { objectId: id, eventType: 'Authorize', transactionType: '1', status: '2' };
  await takes(bench, eventOf(bench, { ...fields, splitToken: 'certify+token/value=' }), found);
  const isKept = await bench.rig.until(async () => (await bench.rig.onFile(id)).splitToken === 'sealed');
  found.expect(isKept, 'no splitToken is on file');
  const stored = await bench.rig.stored(id);
  found.expect(!stored.includes('certify+token'), 'the splitToken is stored in clear');
  return found.outcome('an Authorize with a splitToken', 'sealed in the vault, nowhere in clear');
};

export const americasProofs: Readonly<Record<string, AmericasProof>> = {
  A5: checksSignature,
  A11: keepsSplitToken,
  A12: absorbsCopies,
  N1: retries,
  N2: refusesAltered,
  N3: takesEveryType,
  N3a: takesBatches,
  N4: takesConditional,
};
