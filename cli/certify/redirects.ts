/** Trustly Americas, checkout: Establish and the shopper's redirect, with requests like the Lightbox's. */
import { establishSignature, signRedirect } from '../../local/demo/senders/trustly-americas.ts';
import {
  type AmericasBench,
  type AmericasProof,
  attemptBody,
  credentialsOf,
  eventOf,
  expectSealedToken,
  registered,
  WITHOUT_TOKENS,
} from './americas.ts';
import {
  type Answer,
  expectCompleted,
  type Findings,
  finalState,
  fulfils,
  notUsed,
  type Outcome,
} from './rig.ts';

interface EstablishData extends Readonly<Record<string, unknown>> {
  readonly merchantReference: string;
  readonly returnUrl: string;
  readonly cancelUrl: string;
  readonly notificationUrl: string;
  readonly requestSignature: string;
}

const WITHOUT_CHECKOUT = notUsed(
  'the account has no checkout, so Payhooks makes no Establish and receives no redirect',
);

/** Runs the proof only for accounts with `checkout`. */
const withCheckout =
  (proof: (bench: AmericasBench, found: Findings) => Promise<Outcome>): AmericasProof =>
  async (bench, found) =>
    bench.account.checkout === undefined ? WITHOUT_CHECKOUT : proof(bench, found);

const newReference = ({ run, newId }: AmericasBench): string => `${run}-${newId()}`;

/** Starts an attempt to pay a new order. @throws Error when the checkout refuses it */
async function startAttempt(bench: AmericasBench, reference = newReference(bench)): Promise<EstablishData> {
  const { status, body } = await bench.rig.checkout(attemptBody(bench, reference));
  const { establishData } = JSON.parse(body) as { readonly establishData?: EstablishData };
  if (establishData === undefined)
    throw new Error(`the checkout answered ${status} without establishData: ${body}`);
  return establishData;
}

const getPage = (bench: AmericasBench, url: string): Promise<Answer> =>
  bench.rig.send({ method: 'GET', url, headers: {} });

const signedUrl = (bench: AmericasBench, url: string, fields: Readonly<Record<string, string>>): string =>
  signRedirect(url, fields, credentialsOf(bench));

const returnFields = (id: string, { merchantReference }: EstablishData) => ({
  ...{ transactionId: id, transactionType: '1', merchantReference, status: '2' },
  'payment.paymentType': '2',
  'payment.account.verified': 'true',
  panel: '1',
});

/** The target of a redirect, without its query. */
const pageOf = ({ location }: Answer): string => (location ?? '').split('?')[0] ?? '';
const queryOf = ({ location }: Answer, name: string): string | null =>
  new URL(location ?? 'https://nowhere.invalid').searchParams.get(name);
/** A configured page, written as the browser writes it. */
const configuredPage = (
  bench: AmericasBench,
  name: 'pending' | 'confirmed' | 'selection' | 'declined',
): string =>
  new URL(bench.account.checkout?.pages[name] ?? 'https://nowhere.invalid').href.split('?')[0] ?? '';

function expectAnswer({ status }: Pick<Answer, 'status'>, expected: number, what: string, found: Findings) {
  found.expect(status === expected, `${what} was answered ${status}`);
}

/** Opens the address to which Trustly sends the shopper after an agreement. @param of whose fields it carries */
const returnTo = (bench: AmericasBench, { returnUrl }: EstablishData, id: string, of: EstablishData) =>
  getPage(bench, signedUrl(bench, returnUrl, returnFields(id, of)));

const cancelLeadsBack = withCheckout(async (bench, found) => {
  const { cancelUrl, merchantReference } = await startAttempt(bench);
  const fields = { transactionId: bench.newId(), merchantReference, status: '7' };
  const selection = configuredPage(bench, 'selection');
  for (const [what, url] of [
    ['the unsigned cancel', `${cancelUrl}?status=7&requestSignature=x`],
    ['the signed cancel', signedUrl(bench, cancelUrl, fields)],
  ] as const) {
    const answer = await getPage(bench, url);
    expectAnswer(answer, 303, what, found);
    found.expect(pageOf(answer) === selection, `${what} led to ${pageOf(answer)}`);
  }
  return found.outcome('opened the cancel address, unsigned and signed', `both: 303 to ${selection}`);
});

/** Codes of Trustly's that need different messages for the shopper. */
const DECLINES = [
  { status: '8', code: 'SW021' },
  { status: '8', code: 'SW056' },
  { status: '5', code: 'SW060' },
] as const;

const declineExplains = withCheckout(async (bench, found) => {
  const messages = new Map<string, string | null>();
  for (const { status, code } of DECLINES) {
    const { cancelUrl, merchantReference } = await startAttempt(bench);
    const fields = { transactionId: bench.newId(), merchantReference, status };
    const coded = { ...fields, 'payment.paymentProviderTransaction.status': code };
    const answer = await getPage(bench, signedUrl(bench, cancelUrl, coded));
    const isDeclined = pageOf(answer) === configuredPage(bench, 'declined');
    found.expect(isDeclined, `${code} led to ${pageOf(answer) || answer.status}`);
    const message = queryOf(answer, 'message');
    found.expect(message !== null && message !== '', `${code}: no message for the shopper`);
    messages.set(code, message);
  }
  found.expect(new Set(messages.values()).size > 1, 'all declines have the same message');
  const shown = [...messages].map(([code, message]) => `${code}: ${message}`).join(', ');
  return found.outcome(`opened ${DECLINES.length} declined redirects with codes`, shown);
});

const signsEach = withCheckout(async (bench, found) => {
  const reference = newReference(bench);
  const attempts = [await startAttempt(bench, reference), await startAttempt(bench, reference)];
  const algorithm = bench.account.checkout?.signature === 'SHA512' ? 'sha512' : 'sha1';
  for (const { requestSignature, ...data } of attempts) {
    const expected = establishSignature(data, { ...credentialsOf(bench), algorithm });
    found.expect(requestSignature === expected, 'a requestSignature does not match its data');
  }
  const [first, second] = attempts.map(({ requestSignature }) => requestSignature);
  found.expect(first !== second, 'two Establish calls have the same requestSignature');
  return found.outcome('two Establish calls for one order', 'two signatures, each matches its own data');
});

const separatesPersonalData = withCheckout(async (bench, found) => {
  const body = attemptBody(bench, newReference(bench), { description: 'order of Certify Shopper' });
  expectAnswer(await bench.rig.checkout(body), 400, 'a description with the customer’s name', found);
  const { customer: _, ...others } = await startAttempt(bench);
  const isApart = !JSON.stringify(others).includes('Certify Shopper');
  found.expect(isApart, 'a field outside customer has the customer’s name');
  return found.outcome(
    'one Establish with the customer’s name in its description, and a correct one',
    '400; only customer has the name',
  );
});

const REQUIRED = [
  ...['accessId', 'merchantId', 'merchantReference', 'requestSignature', 'paymentType', 'customer'],
  ...['currency', 'amount', 'returnUrl', 'cancelUrl', 'notificationUrl'],
];

const requiresFields = withCheckout(async (bench, found) => {
  const data = await startAttempt(bench);
  const missing = REQUIRED.filter((name) => data[name] === undefined || data[name] === '');
  found.expect(missing.length === 0, `establishData lacks ${missing.join(', ')}`);
  const answer = await bench.rig.checkout(attemptBody(bench, newReference(bench), { customer: {} }));
  expectAnswer(answer, 400, 'an Establish without a customer’s name', found);
  return found.outcome(
    'one Establish, and one without the customer’s name',
    `all ${REQUIRED.length} fields are present; 400`,
  );
});

/** The shopper returns, and Trustly sends the Authorize event of the attempt to its notificationUrl. */
async function agree(bench: AmericasBench, data: EstablishData, id: string): Promise<Answer> {
  const answer = await returnTo(bench, data, id, data);
  await authorize(bench, data, id);
  return answer;
}

async function authorize(bench: AmericasBench, data: EstablishData, id: string): Promise<void> {
  const event = eventOf(bench, {
    ...{ objectId: id, eventType: 'Authorize', transactionType: '1' },
    ...{ status: '2', statusMessage: 'Authorized', merchantReference: data.merchantReference },
    ...{ paymentProviderType: 'PWMB', accountVerified: 'true' },
    ...(bench.account.splitTokenKey === undefined ? {} : { splitToken: 'certify+token/value=' }),
  });
  await bench.rig.send({ ...event, url: data.notificationUrl });
  await bench.rig.waitUntil(async () => (await bench.rig.onFile(id)).bankAccount);
}

const storesTransaction = withCheckout(async (bench, found) => {
  const [data, id] = [await startAttempt(bench), bench.newId()];
  await agree(bench, data, id);
  const isKnown = (await bench.rig.payment(id)) !== undefined;
  found.expect(isKnown, 'the transactionId of the notification is not in the ledger');
  found.expect((await bench.rig.onFile(id)).redirect, 'the transactionId of the redirect is not stored');
  return found.outcome(
    'opened the return address, then sent the Authorize event of its transaction',
    'both are stored under one transactionId',
  );
});

const fulfilsOnComplete = withCheckout(async (bench, found) => {
  const [data, id, capture] = [await startAttempt(bench), bench.newId(), bench.newId()];
  expectAnswer(await agree(bench, data, id), 303, 'the return', found);
  found.expect(fulfils(await bench.rig.payment(id)) === 0, 'goods were given on the redirect');
  const { merchantReference } = data;
  const complete = eventOf(bench, { objectId: capture, parentObjectId: id, merchantReference });
  await bench.rig.send({ ...complete, url: data.notificationUrl });
  const known = await expectCompleted(bench.rig, capture, found);
  return found.outcome(
    'opened the return address and sent the Authorize, then the Complete of the capture',
    `no goods before the Complete; ${finalState(known)}`,
  );
});

const checksReference = withCheckout(async (bench, found) => {
  const [own, other, id] = [await startAttempt(bench), await startAttempt(bench), bench.newId()];
  expectAnswer(await returnTo(bench, own, id, other), 401, 'the reference of another session', found);
  expectAnswer(await returnTo(bench, own, id, own), 303, 'the reference of this session', found);
  return found.outcome(
    'opened the return address, correctly signed, with the reference of another session and with its own',
    '401, then 303',
  );
});

const checksRedirect = withCheckout(async (bench, found) => {
  const [data, id] = [await startAttempt(bench), bench.newId()];
  const genuine = signedUrl(bench, data.returnUrl, returnFields(id, data));
  for (const altered of [
    genuine.replace('status=2', 'status=4'),
    genuine.replace(`transactionId=${id}`, `transactionId=${id}9`),
    genuine.replace(/&requestSignature=[^&]*/, ''),
  ])
    expectAnswer(await getPage(bench, altered), 401, 'an altered return', found);
  found.expect(!(await bench.rig.onFile(id)).redirect, 'data of an unverified redirect was stored');
  expectAnswer(await getPage(bench, genuine), 303, 'the genuine return', found);
  return found.outcome(
    'opened the return address with another status, another transactionId, no signature; then as signed',
    '401 three times, then 303',
  );
});

const pollsTrustly: AmericasProof = async (bench, found) => {
  if (bench.account.confirm !== true)
    return notUsed(
      'the account does not poll Get Transaction ("confirm"); R2 verifies the signature instead',
    );
  const id = await registered(bench);
  expectAnswer(await bench.rig.send(eventOf(bench, { objectId: id })), 200, 'a Complete', found);
  const isPolled = async () => (await bench.rig.payment(id))?.isPolled === true;
  found.expect(await bench.rig.waitUntil(isPolled), 'Get Transaction is not called for it');
  return found.outcome(
    'sent a Complete',
    'Get Transaction is called for amount and status before goods are given',
  );
};

const storesAccount = withCheckout(async (bench, found) => {
  const [data, id] = [await startAttempt(bench), bench.newId()];
  await agree(bench, data, id);
  const onFile = await bench.rig.onFile(id);
  found.expect(onFile.bankAccount, 'no bank account is on file');
  found.expect(onFile.redirect, 'the return is not on file');
  return found.outcome(
    'opened the return address and sent its Authorize event',
    'the bank account is stored under the transactionId',
  );
});

const verifiesAuthorize = withCheckout(async (bench, found) => {
  if (bench.account.splitTokenKey === undefined) return WITHOUT_TOKENS;
  const [data, id] = [await startAttempt(bench), bench.newId()];
  await returnTo(bench, data, id, data);
  const fields = { objectId: id, eventType: 'Authorize', transactionType: '1', status: '2' };
  const genuine = eventOf(bench, { ...fields, splitToken: 'forged0token' });
  const forged = { ...genuine, body: (genuine.body ?? '').replace('forged0token', 'forged1token') };
  expectAnswer(await bench.rig.send(forged), 401, 'an Authorize with another splitToken', found);
  found.expect((await bench.rig.onFile(id)).splitToken === undefined, 'the forged splitToken was stored');
  await authorize(bench, data, id);
  await expectSealedToken(bench, id, found);
  return found.outcome(
    'opened the return address, sent an Authorize with an altered splitToken, then the genuine one',
    '401; sealed in the vault',
  );
});

export const redirectProofs: Readonly<Record<string, AmericasProof>> = {
  A1: cancelLeadsBack,
  A2: declineExplains,
  A4: signsEach,
  A6: separatesPersonalData,
  A8: requiresFields,
  A9: storesTransaction,
  A10: fulfilsOnComplete,
  R1: checksReference,
  R2: checksRedirect,
  R3: pollsTrustly,
  R4: storesAccount,
  R5: verifiesAuthorize,
};
