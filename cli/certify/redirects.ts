/** Trustly Americas, checkout: Establish and the shopper's redirect, with requests like the Lightbox's. */
import { establishSignature, signRedirect } from '../../local/demo/senders/trustly-americas.ts';
import type { TrustlyAmericasAccount } from '../../shared/providers/trustly-americas/account.ts';
import { type AmericasBench, attempt, credentialsOf, eventOf } from './americas.ts';
import { type Answer, completed, ended, Findings, fulfils, none, type Outcome, type Proof } from './rig.ts';

type AmericasProof = Proof<TrustlyAmericasAccount>;

interface EstablishData extends Readonly<Record<string, unknown>> {
  readonly merchantReference: string;
  readonly returnUrl: string;
  readonly cancelUrl: string;
  readonly notificationUrl: string;
  readonly requestSignature: string;
}

const WITHOUT_CHECKOUT = 'the account has no checkout: Establish and redirects are outside Payhooks';

/** Runs the proof only for accounts with `checkout`. */
const withCheckout =
  (proof: (bench: AmericasBench, found: Findings) => Promise<Outcome>): AmericasProof =>
  async (bench) =>
    bench.account.checkout === undefined ? none(WITHOUT_CHECKOUT) : proof(bench, new Findings());

/** Starts an attempt to pay a new order. @throws Error when the checkout refuses it */
async function open(
  bench: AmericasBench,
  reference = `${bench.run}-${bench.newId()}`,
): Promise<EstablishData> {
  const { status, body } = await bench.rig.checkout(attempt(bench, reference));
  const { establishData } = JSON.parse(body) as { readonly establishData?: EstablishData };
  if (establishData === undefined)
    throw new Error(`the checkout answered ${status} without establishData: ${body}`);
  return establishData;
}

const visit = (bench: AmericasBench, url: string): Promise<Answer> =>
  bench.rig.send({ method: 'GET', url, headers: {} });

const redirectTo = (bench: AmericasBench, url: string, fields: Readonly<Record<string, string>>): string =>
  signRedirect(url, fields, credentialsOf(bench));

const agreed = (id: string, { merchantReference }: EstablishData) => ({
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
const page = (bench: AmericasBench, name: 'pending' | 'confirmed' | 'selection' | 'declined'): string =>
  new URL(bench.account.checkout?.pages[name] ?? 'https://nowhere.invalid').href.split('?')[0] ?? '';

const cancelLeadsBack = withCheckout(async (bench, found) => {
  const data = await open(bench);
  const fields = { transactionId: bench.newId(), merchantReference: data.merchantReference, status: '7' };
  const unsigned = await visit(bench, `${data.cancelUrl}?status=7&requestSignature=x`);
  const signed = await visit(bench, redirectTo(bench, data.cancelUrl, fields));
  for (const [what, answer] of [
    ['unsigned', unsigned],
    ['signed', signed],
  ] as const) {
    found.expect(answer.status === 303, `the ${what} cancel was answered ${answer.status}`);
    found.expect(pageOf(answer) === page(bench, 'selection'), `the ${what} cancel led to ${pageOf(answer)}`);
  }
  return found.outcome('a cancel, unsigned and signed', `both: 303 to ${page(bench, 'selection')}`);
});

/** Trustly's codes, with what the shopper must read. */
const DECLINES = [
  { status: '8', code: 'SW021', message: 'not_enough_funds' },
  { status: '8', code: 'SW056', message: 'try_another_account' },
  { status: '5', code: 'SW060', message: 'try_another_bank' },
] as const;

const declineExplains = withCheckout(async (bench, found) => {
  const messages: string[] = [];
  for (const { status, code } of DECLINES) {
    const data = await open(bench);
    const fields = { transactionId: bench.newId(), merchantReference: data.merchantReference, status };
    const coded = { ...fields, 'payment.paymentProviderTransaction.status': code };
    const answer = await visit(bench, redirectTo(bench, data.cancelUrl, coded));
    const message = queryOf(answer, 'message');
    found.expect(
      pageOf(answer) === page(bench, 'declined'),
      `${code} led to ${pageOf(answer) || answer.status}`,
    );
    found.expect(message !== null && message !== '', `${code}: no message for the shopper`);
    messages.push(`${code}: ${message}`);
  }
  found.expect(
    new Set(messages.map((text) => text.split(': ')[1])).size > 1,
    'every decline has one message',
  );
  return found.outcome(`${DECLINES.length} declined redirects with codes`, messages.join(', '));
});

const signsEach = withCheckout(async (bench, found) => {
  const reference = `${bench.run}-${bench.newId()}`;
  const attempts = [await open(bench, reference), await open(bench, reference)];
  const algorithm = bench.account.checkout?.signature === 'SHA512' ? 'sha512' : 'sha1';
  for (const { requestSignature, ...data } of attempts) {
    const expected = establishSignature(data, { ...credentialsOf(bench), algorithm });
    found.expect(requestSignature === expected, 'a requestSignature does not fit its data');
  }
  const [first, second] = attempts.map(({ requestSignature }) => requestSignature);
  found.expect(first !== second, 'two calls have one requestSignature');
  return found.outcome('two Establish calls for one order', 'two signatures, each fits its own data');
});

const keepsPersonsOut = withCheckout(async (bench, found) => {
  const body = attempt(bench, `${bench.run}-${bench.newId()}`, { description: 'order of Certify Shopper' });
  const { status } = await bench.rig.checkout(body);
  found.expect(status === 400, `a description with the customer’s name was answered ${status}`);
  const data = await open(bench);
  const { customer: _, ...rest } = data;
  found.expect(!JSON.stringify(rest).includes('Certify Shopper'), 'the name stands outside customer');
  return found.outcome(
    'an Establish whose description holds the customer’s name, and a proper one',
    '400; the name is in customer alone',
  );
});

const REQUIRED = [
  ...[
    'accessId',
    'merchantId',
    'merchantReference',
    'requestSignature',
    'paymentType',
    'customer',
    'currency',
  ],
  ...['amount', 'returnUrl', 'cancelUrl', 'notificationUrl'],
];

const demandsFields = withCheckout(async (bench, found) => {
  const data = await open(bench);
  const missing = REQUIRED.filter((name) => data[name] === undefined || data[name] === '');
  found.expect(missing.length === 0, `establishData lacks ${missing.join(', ')}`);
  const establish = { customer: {} };
  const { status } = await bench.rig.checkout(attempt(bench, `${bench.run}-${bench.newId()}`, establish));
  found.expect(status === 400, `an Establish without a customer’s name was answered ${status}`);
  return found.outcome(
    'an Establish, and one without the customer’s name',
    `${REQUIRED.length} fields are there; 400`,
  );
});

const keepsTransaction = withCheckout(async (bench, found) => {
  const [data, id] = [await open(bench), bench.newId()];
  await visit(bench, redirectTo(bench, data.returnUrl, agreed(id, data)));
  await authorize(bench, data, id);
  const known = await bench.rig.payment(id);
  found.expect(known !== undefined, 'the webhook’s transactionId is not in the ledger');
  found.expect((await bench.rig.onFile(id)).wayBack, 'the redirect’s transactionId is not kept');
  return found.outcome(
    'a return, then the Authorize event of its transaction',
    'kept from both, under one id',
  );
});

/** Sends the Authorize event of an attempt to its notificationUrl, and waits until it is in the ledger. */
async function authorize(bench: AmericasBench, data: EstablishData, id: string): Promise<void> {
  const event = eventOf(bench, {
    ...{
      objectId: id,
      eventType: 'Authorize',
      transactionType: '1',
      status: '2',
      statusMessage: 'Authorized',
    },
    ...{ merchantReference: data.merchantReference, paymentProviderType: 'PWMB', accountVerified: 'true' },
    ...(bench.account.splitTokenKey === undefined ? {} : { splitToken: 'certify+token/value=' }),
  });
  await bench.rig.send({ ...event, url: data.notificationUrl });
  await bench.rig.until(async () => (await bench.rig.onFile(id)).bankAccount);
}

const fulfilsOnWebhook = withCheckout(async (bench, found) => {
  const [data, id, capture] = [await open(bench), bench.newId(), bench.newId()];
  const answer = await visit(bench, redirectTo(bench, data.returnUrl, agreed(id, data)));
  found.expect(answer.status === 303, `the return was answered ${answer.status}`);
  await authorize(bench, data, id);
  found.expect(fulfils(await bench.rig.payment(id)) === 0, 'goods were given on the redirect');
  const { merchantReference } = data;
  const complete = eventOf(bench, { objectId: capture, parentObjectId: id, merchantReference });
  await bench.rig.send({ ...complete, url: data.notificationUrl });
  const known = await completed(bench.rig, capture, found);
  return found.outcome(
    'return and Authorize, then the capture’s Complete',
    `nothing given before it; ${ended(known)}`,
  );
});

const checksReference = withCheckout(async (bench, found) => {
  const [mine, other, id] = [await open(bench), await open(bench), bench.newId()];
  const answer = await visit(bench, redirectTo(bench, mine.returnUrl, agreed(id, other)));
  found.expect(answer.status === 401, `another session’s reference was answered ${answer.status}`);
  const right = await visit(bench, redirectTo(bench, mine.returnUrl, agreed(id, mine)));
  found.expect(right.status === 303, `the session’s own was answered ${right.status}`);
  return found.outcome(
    'a well signed return with another session’s reference, then with its own',
    '401, then 303',
  );
});

const checksRedirect = withCheckout(async (bench, found) => {
  const [data, id] = [await open(bench), bench.newId()];
  const genuine = redirectTo(bench, data.returnUrl, agreed(id, data));
  const changes = [
    genuine.replace('status=2', 'status=4'),
    genuine.replace(`transactionId=${id}`, `transactionId=${id}9`),
    genuine.replace(/&requestSignature=[^&]*/, ''),
  ];
  for (const address of changes) {
    const answer = await visit(bench, address);
    found.expect(answer.status === 401, `an altered return was answered ${answer.status}`);
  }
  found.expect(!(await bench.rig.onFile(id)).wayBack, 'data of an unverified redirect was kept');
  const answer = await visit(bench, genuine);
  found.expect(answer.status === 303, `the genuine one was answered ${answer.status}`);
  return found.outcome(
    'a return: status, transactionId changed, signature removed; then as signed',
    '401 three times, then 303',
  );
});

const asksTrustly: AmericasProof = async (bench) => {
  if (bench.account.confirm !== true)
    return none(
      'the account does not ask Get Transaction ("confirm"); the signature is checked instead (R2)',
    );
  const found = new Findings();
  const id = bench.newId();
  const reference = `${bench.run}-${id}`;
  await bench.rig.register({
    ...{
      reference,
      kind: 'payment',
      use: 'once',
      provider: 'trustly-americas',
      account: bench.account.account,
    },
    amounts: [{ currency: 'USD', open: true }],
  });
  const { status } = await bench.rig.send(eventOf(bench, { objectId: id }));
  found.expect(status === 200, `it was answered ${status}`);
  await bench.rig.until(async () => (await bench.rig.payment(id))?.asked === true);
  found.expect((await bench.rig.payment(id))?.asked === true, 'Get Transaction is not asked about it');
  return found.outcome(
    'a Complete',
    'Get Transaction is asked about its amount and status before goods are given',
  );
};

const keepsAccount = withCheckout(async (bench, found) => {
  const [data, id] = [await open(bench), bench.newId()];
  await visit(bench, redirectTo(bench, data.returnUrl, agreed(id, data)));
  await authorize(bench, data, id);
  const onFile = await bench.rig.onFile(id);
  found.expect(onFile.bankAccount, 'no bank account is on file');
  found.expect(onFile.wayBack, 'the return is not on file');
  return found.outcome('a return and its Authorize event', 'account on file under the transactionId');
});

const verifiesAuthorize = withCheckout(async (bench, found) => {
  if (bench.account.splitTokenKey === undefined)
    return none('the account has no splitTokenKey: tokens are dropped');
  const [data, id] = [await open(bench), bench.newId()];
  await visit(bench, redirectTo(bench, data.returnUrl, agreed(id, data)));
  const fields = { objectId: id, eventType: 'Authorize', transactionType: '1', status: '2' };
  const genuine = eventOf(bench, { ...fields, splitToken: 'forged0token' });
  const forged = { ...genuine, body: (genuine.body ?? '').replace('forged0token', 'forged1token') };
  const answer = await bench.rig.send(forged);
  found.expect(answer.status === 401, `an Authorize with another splitToken was answered ${answer.status}`);
  found.expect((await bench.rig.onFile(id)).splitToken === undefined, 'its splitToken was kept');
  await authorize(bench, data, id);
  const isKept = await bench.rig.until(async () => (await bench.rig.onFile(id)).splitToken === 'sealed');
  found.expect(isKept, 'the genuine splitToken is not on file');
  return found.outcome(
    'a return; an Authorize whose splitToken was changed, then the genuine one',
    '401; sealed in the vault',
  );
});

export const redirectProofs: Readonly<Record<string, AmericasProof>> = {
  A1: cancelLeadsBack,
  A2: declineExplains,
  A4: signsEach,
  A6: keepsPersonsOut,
  A8: demandsFields,
  A9: keepsTransaction,
  A10: fulfilsOnWebhook,
  R1: checksReference,
  R2: checksRedirect,
  R3: asksTrustly,
  R4: keepsAccount,
  R5: verifiesAuthorize,
};
