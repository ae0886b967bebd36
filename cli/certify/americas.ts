/** Trustly Americas, notifications: tests the listener against Trustly's go-live page, with requests like Trustly's. */
import { signNotification } from '../../local/demo/senders/trustly-americas.ts';
import type { TrustlyAmericasAccount } from '../../shared/providers/trustly-americas/account.ts';
import { AMERICAS_EVENTS } from '../../shared/providers/trustly-americas/tables.ts';
import {
  type Bench,
  expectCompleted,
  expectRecorded,
  expectRefusals,
  expectStatus,
  expectUnchanged,
  type Findings,
  finalState,
  isRefusal,
  type Message,
  notUsed,
  type Proof,
  registerOrder,
  sendCopies,
} from './rig.ts';

export type AmericasBench = Bench<TrustlyAmericasAccount>;
export type AmericasProof = Proof<TrustlyAmericasAccount>;

/** Every 5 minutes for 12 hours. */
const RETRIES = 144;

/** The documented names, other spellings of four of them, and one unknown name. */
const EVENT_TYPES = [
  ...Object.keys(AMERICAS_EVENTS),
  ...['Completed', 'Failed', 'Canceled', 'Expired', 'NobodyKnowsThis'],
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

/** @returns the id of a payment whose order is registered for any amount */
export const registered = (bench: AmericasBench): Promise<string> =>
  registerOrder(bench, bench.newId(), { amounts: [{ currency: 'USD', open: true }] });

async function expectAccepted(bench: AmericasBench, message: Message, found: Findings, what = 'it') {
  const { status } = await bench.rig.send(message);
  found.expect(status === 200, `${what} was answered ${status || 'nothing'} instead of 200`);
}

const checksSignature: AmericasProof = async (bench, found) => {
  const { rig } = bench;
  const [forgedId, genuineId] = [bench.newId(), await registered(bench)];
  const forged = {
    ...eventOf(bench, { objectId: forgedId }),
    ...signNotification(
      { eventId: bench.newId(), eventType: 'Complete', objectId: forgedId, status: '4' },
      { ...credentialsOf(bench), accessKey: 'of-nobody' },
    ),
  };
  const answer = await rig.send(forged);
  found.expect(isRefusal(answer), `an event signed with another key was answered ${answer.status}`);
  await expectAccepted(bench, eventOf(bench, { objectId: genuineId }), found, 'a genuine event');
  const known = await expectCompleted(rig, genuineId, found);
  found.expect((await rig.payment(forgedId)) === undefined, 'the forged event is in the ledger');
  return found.outcome(
    'sent one event signed with another key, and one signed with the key of the account',
    `401, then 200: ${finalState(known)}`,
  );
};

const absorbsCopies: AmericasProof = async (bench, found) => {
  const id = await registered(bench);
  const message = eventOf(bench, { objectId: id });
  await bench.rig.sendAndHangUp(message);
  await expectAccepted(bench, message, found);
  const before = await expectCompleted(bench.rig, id, found);
  await sendCopies(3, () => expectAccepted(bench, message, found, 'a retry'));
  const after = await expectUnchanged(bench.rig, id, before, found);
  return found.outcome(
    'sent one Complete and closed the connection before the answer, then sent it four times',
    finalState(after),
  );
};

const acceptsSchedule: AmericasProof = async (bench, found) => {
  const id = await registered(bench);
  const message = eventOf(bench, { objectId: id });
  await expectAccepted(bench, message, found);
  const before = await expectCompleted(bench.rig, id, found);
  await sendCopies(RETRIES, () => expectAccepted(bench, message, found, 'a retry'));
  const after = await expectUnchanged(bench.rig, id, before, found);
  return found.outcome(
    `sent one Complete, then its ${RETRIES} retries without pauses`,
    `200 each time: ${finalState(after)}`,
  );
};

const refusesAltered: AmericasProof = async (bench, found) => {
  const id = bench.newId();
  const genuine = eventOf(bench, { objectId: id, eventType: 'Fail', status: '5', statusMessage: 'Failed' });
  const change = (from: string, to: string): Message => ({
    ...genuine,
    body: (genuine.body ?? '').replace(from, to),
  });
  const altered = [
    ['status changed', change('status=5', 'status=4')],
    ['eventType changed', change('eventType=Fail', 'eventType=Complete')],
    ['objectId changed', change(`objectId=${id}`, `objectId=${id}9`)],
    ['a field added', { ...genuine, body: `${genuine.body}&errorCode=330` }],
    ['a field removed', change('&fiName=Demo+Bank', '')],
    ['no Authorization', { ...genuine, headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['an empty Authorization', { ...genuine, headers: { ...genuine.headers, authorization: 'Basic ' } }],
  ] as const;
  return expectRefusals(bench.rig, altered, id, found);
};

/** Dispute, DataReady and Refresh have no status. */
const WITHOUT_STATUS = ['Dispute', 'DataReady', 'Refresh'];

const acceptsEveryType: AmericasProof = async (bench, found) => {
  const messages = EVENT_TYPES.map((eventType) => {
    const fields = { objectId: bench.newId(), eventType, transactionType: '1', paymentType: '2' };
    const status = WITHOUT_STATUS.includes(eventType) ? { status: '', statusMessage: '' } : { status: '2' };
    return [eventType, eventOf(bench, { ...fields, ...status })] as const;
  });
  for (const [what, message] of messages) await expectAccepted(bench, message, found, what);
  for (const [what, message] of messages) await expectRecorded(bench.rig, message, found, what);
  return found.outcome(
    `sent ${messages.length} event types, one of them unknown`,
    'each answered 200 and recorded',
  );
};

/** Tests the default notificationUrl; redirects.ts tests the one in establishData. */
const acceptsBatches: AmericasProof = async (bench, found) => {
  const ids = [await registered(bench), await registered(bench)];
  const steps = [
    { eventType: 'Authorize', status: '2', statusMessage: 'Authorized' },
    { eventType: 'Process', status: '3', statusMessage: 'Processed' },
    { eventType: 'Complete', status: '4', statusMessage: 'Completed' },
  ];
  const batch = ids.flatMap((objectId) => steps.map((step) => eventOf(bench, { objectId, ...step })));
  const latestFirst = batch.toReversed();
  await Promise.all(latestFirst.map((message) => expectAccepted(bench, message, found, 'one of a batch')));
  const toAttempt = await sendToAttempt(bench, found);
  const known = [];
  for (const id of ids) known.push(await expectCompleted(bench.rig, id, found));
  const did = `sent ${batch.length} events of two payments at the same time, the latest first${toAttempt}`;
  return found.outcome(did, `each 200: ${known.map(finalState).join('; ')}`);
};

/** Sends an event to the notificationUrl of an attempt to pay. @returns what it did, for the report */
async function sendToAttempt(bench: AmericasBench, found: Findings): Promise<string> {
  if (bench.account.checkout === undefined) return '';
  const { body } = await bench.rig.checkout(attemptBody(bench, `${bench.run}-url`));
  const { establishData } = JSON.parse(body) as {
    readonly establishData?: { readonly notificationUrl?: string };
  };
  const url = establishData?.notificationUrl ?? '';
  found.expect(url !== '', 'establishData has no notificationUrl');
  const event = eventOf(bench, { objectId: bench.newId(), eventType: 'Establish', status: '1' });
  await expectAccepted(bench, { ...event, url }, found, 'an event to the notificationUrl of establishData');
  return '; one to the notificationUrl of establishData';
}

/** The body of POST /checkout/orders that starts an attempt to pay. */
export const attemptBody = ({ account }: AmericasBench, reference: string, establish: object = {}) => ({
  ...{ reference, provider: 'trustly-americas', account: account.account },
  amounts: [{ currency: 'USD', exact: '902.50' }],
  establish: { paymentType: 'Deferred', customer: customerOf(account), ...establish },
});

/** Customer data with every field that the account's contract requires. */
function customerOf({ checkout }: TrustlyAmericasAccount): Record<string, unknown> {
  const customer: Record<string, unknown> = { name: 'Certify Shopper', email: 'certify@shop.example' };
  for (const path of checkout?.required ?? []) {
    const [first, name, inner] = path.split('.');
    if (first !== 'customer' || name === undefined || customer[name] !== undefined) continue;
    customer[name] = inner === undefined ? '1' : { [inner]: '1' };
  }
  return customer;
}

const storesConditional: AmericasProof = async (bench, found) => {
  const id = bench.newId();
  const denied = eventOf(bench, {
    ...{ objectId: id, eventType: 'Deny', status: '8', statusMessage: 'Denied' },
    ...{ errorCode: '331', suggestedRetryAmount: '25.00' },
    'paymentProviderTransaction.status': 'SW021',
    'paymentProviderTransaction.statusMessage': 'Authorization denied',
  });
  const authorized = eventOf(bench, {
    ...{ objectId: bench.newId(), eventType: 'Authorize', transactionType: '1', status: '2' },
    ...{ fiCode: '200005501', paymentProviderType: 'PWMB' },
    ...{ accountVerified: 'true', splitToken: 'certify+a/b=' },
  });
  await expectAccepted(bench, denied, found, 'a Deny with its codes');
  await expectAccepted(bench, authorized, found, 'an Authorize with a splitToken');
  await bench.rig.waitUntil(async () => ((await bench.rig.payment(id))?.effects.length ?? 0) > 0);
  const known = await expectStatus(bench.rig, id, 'denied', found);
  const details = { errorCode: '331', suggestedRetryAmount: '25.00', code: 'SW021' };
  for (const [name, value] of Object.entries(details)) {
    const isAnnounced = known?.effects.some((effect) => effect.details[name] === value) === true;
    found.expect(isAnnounced, `no event to the merchant has the ${name}`);
  }
  await expectRecorded(bench.rig, authorized, found, 'the Authorize');
  return found.outcome(
    'sent a Deny with errorCode, suggestedRetryAmount and provider codes; an Authorize with splitToken',
    'both 200; the event to the merchant has the codes and the amount',
  );
};

/** Waits until the splitToken of the authorization is in the vault. */
export async function expectSealedToken({ rig }: AmericasBench, id: string, found: Findings): Promise<void> {
  const isSealed = await rig.waitUntil(async () => (await rig.onFile(id)).splitToken === 'sealed');
  found.expect(isSealed, 'the splitToken is not on file');
}

export const WITHOUT_TOKENS = notUsed('the account has no splitTokenKey, so Payhooks stores no splitToken');

const storesSplitToken: AmericasProof = async (bench, found) => {
  if (bench.account.splitTokenKey === undefined) return WITHOUT_TOKENS;
  const id = bench.newId();
  const fields = { objectId: id, eventType: 'Authorize', transactionType: '1', status: '2' };
  await expectAccepted(bench, eventOf(bench, { ...fields, splitToken: 'certify+token/value=' }), found);
  await expectSealedToken(bench, id, found);
  const stored = await bench.rig.storedText(id);
  found.expect(!stored.includes('certify+token'), 'the splitToken is stored in clear');
  return found.outcome('sent an Authorize with a splitToken', 'sealed in the vault, stored nowhere in clear');
};

export const americasProofs: Readonly<Record<string, AmericasProof>> = {
  A5: checksSignature,
  A11: storesSplitToken,
  A12: absorbsCopies,
  N1: acceptsSchedule,
  N2: refusesAltered,
  N3: acceptsEveryType,
  N3a: acceptsBatches,
  N4: storesConditional,
};
