/** Trustly Europe: sends notifications signed like Trustly's, and checks the answers as Trustly does. */
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import { checkReply, type Json, signNotification } from '../../local/demo/senders/trustly-europe.ts';
import type { TrustlyEuropeAccount } from '../../shared/providers/trustly-europe/account.ts';
import {
  type Bench,
  completed,
  ended,
  Findings,
  type Message,
  type Proof,
  unchanged,
  untried,
} from './rig.ts';

type EuropeBench = Bench<TrustlyEuropeAccount>;
type EuropeProof = Proof<TrustlyEuropeAccount>;

/** 5, 15, 45 s; 15, 45, 90 min; then every 3 h. */
const ATTEMPTS = 87;
const AT_ONCE = 4;
/** Number of notifications in one burst. */
const BURST = 20;

interface Signed {
  readonly message: Message;
  readonly method: string;
  readonly uuid: string;
}

/** Runs the proof only when there is a key that signs as Trustly. */
const withKey =
  (
    proof: (bench: EuropeBench, trustlyKey: string, found: Findings) => ReturnType<EuropeProof>,
  ): EuropeProof =>
  async (bench) =>
    bench.trustlyKey === undefined
      ? untried(
          'only Trustly can sign: give --trustly-key a test key whose public half is the secret’s trustly.next',
        )
      : proof(bench, bench.trustlyKey, new Findings());

interface Notice {
  readonly method: string;
  readonly data: Readonly<Record<string, Json>>;
}

function signed(bench: EuropeBench, trustlyKey: string, { method, data }: Notice): Signed {
  const uuid = randomUUID();
  const { minimumSignature = 'SHA1' } = bench.account;
  const made = signNotification({ method, uuid, data }, trustlyKey, minimumSignature);
  return { message: { method: 'POST', url: bench.url, ...made }, method, uuid };
}

/** All fields except the ids. */
const FIELDS = {
  money: { amount: '902.50', currency: 'EUR' },
  account: { accountid: '7653385737', verified: '1' },
  cancel: {},
} as const;

/** A notification about an order; the name contains non-ASCII characters. */
const noticeOf = (bench: EuropeBench, method: string, orderid: string): Notice => ({
  method,
  data: {
    ...FIELDS[method === 'cancel' || method === 'account' ? method : 'money'],
    messageid: `${bench.run}-${orderid}`,
    orderid,
    enduserid: 'certify-åäö',
    notificationid: bench.newId(),
    timestamp: '2026-01-20 14:42:04.675645+01',
    attributes: {},
  },
});

async function expected(bench: EuropeBench): Promise<string> {
  const id = bench.newId();
  await bench.rig.register({
    ...{ reference: `${bench.run}-${id}`, kind: 'payment', use: 'once' },
    ...{ provider: 'trustly-europe', account: bench.account.account },
    amounts: [{ currency: 'EUR', exact: '902.50' }],
    aliases: [{ type: 'id', value: id }],
  });
  return id;
}

/** @returns the status inside the signed answer */
async function deliver(
  bench: EuropeBench,
  { message, method, uuid }: Signed,
  found: Findings,
): Promise<string> {
  const answer = await bench.rig.send(message);
  const publicKey = createPublicKey(createPrivateKey(String(bench.key.privateKey)))
    .export({ type: 'spki', format: 'pem' })
    .toString();
  const reply = checkReply(answer.body, { method, uuid }, publicKey);
  found.expect(answer.status === 200, `${method} was answered ${answer.status || 'nothing'}`);
  found.expect(reply.accepted, reply.accepted ? '' : `Trustly would not take the answer: ${reply.problem}`);
  return reply.accepted ? String(reply.data.status) : 'none';
}

const answersSigned = withKey(async (bench, trustlyKey, found) => {
  const methods = ['pending', 'credit', 'account', 'cancel', 'payoutconfirmation', 'nobodyknowsthis'];
  for (const method of methods) {
    const message = signed(bench, trustlyKey, noticeOf(bench, method, bench.newId()));
    await deliver(bench, message, found);
    const isThere = await bench.rig.until(() => bench.rig.isRecorded(message.message));
    found.expect(isThere, `${method} is not in the ledger`);
  }
  const altered = signed(bench, trustlyKey, noticeOf(bench, 'credit', bench.newId())).message;
  const { status } = await bench.rig.send({
    ...altered,
    body: (altered.body ?? '').replace('902.50', '9902.50'),
  });
  found.expect(status >= 400 && status < 500, `an altered amount was answered ${status}`);
  return found.outcome(
    `${methods.length} methods with Å, Ä, Ö in a field; one with an altered amount`,
    'each answer is signed, with uuid and method; the altered one is refused',
  );
});

const sameAnswer = withKey(async (bench, trustlyKey, found) => {
  const id = await expected(bench);
  const credit = noticeOf(bench, 'credit', id);
  const first = signed(bench, trustlyKey, credit);
  await bench.rig.drop(first.message);
  const answers = [await deliver(bench, first, found)];
  const before = await completed(bench.rig, id, found);
  // A retry may have a new uuid, but it has the same notificationid.
  answers.push(await deliver(bench, first, found));
  answers.push(await deliver(bench, signed(bench, trustlyKey, credit), found));
  found.expect(new Set(answers).size === 1, `the answers differ: ${answers.join(', ')}`);
  const after = await unchanged(bench.rig, id, before, found);
  return found.outcome(
    'one credit: answer dropped, then three times, once with a new uuid',
    `${answers[0]} each time; ${ended(after)}`,
  );
});

const survivesSchedule = withKey(async (bench, trustlyKey, found) => {
  const id = await expected(bench);
  const credit = signed(bench, trustlyKey, noticeOf(bench, 'credit', id));
  await deliver(bench, credit, found);
  const before = await completed(bench.rig, id, found);
  for (let sent = 1; sent < ATTEMPTS; sent += AT_ONCE) {
    const now = Math.min(AT_ONCE, ATTEMPTS - sent);
    await Promise.all(Array.from({ length: now }, () => deliver(bench, credit, found)));
  }
  const after = await unchanged(bench.rig, id, before, found);
  return found.outcome(`one credit, ${ATTEMPTS} attempts at speed`, `OK each time; ${ended(after)}`);
});

const survivesBurst = withKey(async (bench, trustlyKey, found) => {
  const ids = [await expected(bench), await expected(bench)];
  const others = Array.from({ length: BURST - 2 * ids.length }, () => bench.newId());
  const burst = [
    ...ids.flatMap((id) => ['credit', 'pending'].map((method) => noticeOf(bench, method, id))),
    ...others.map((id) => noticeOf(bench, 'pending', id)),
  ].map((each) => signed(bench, trustlyKey, each));
  await Promise.all(burst.map((each) => deliver(bench, each, found)));
  const known = [];
  for (const id of ids) known.push(await completed(bench.rig, id, found));
  for (const { message, method } of burst) {
    const isThere = await bench.rig.until(() => bench.rig.isRecorded(message));
    found.expect(isThere, `a ${method} of the burst is not in the ledger`);
  }
  return found.outcome(
    `${burst.length} notifications at the same moment, credits before their pending`,
    `each answered and recorded; ${known.map(ended).join('; ')}`,
  );
});

export const europeProofs: Readonly<Record<string, EuropeProof>> = {
  E2: answersSigned,
  E3: sameAnswer,
  E4: survivesSchedule,
  E5: survivesBurst,
};
