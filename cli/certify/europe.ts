/** Trustly Europe: sends notifications signed like Trustly's, and checks the answers as Trustly does. */
import { randomUUID } from 'node:crypto';
import { checkReply, type Json, signNotification } from '../../local/demo/senders/trustly-europe.ts';
import type { TrustlyEuropeAccount } from '../../shared/providers/trustly-europe/account.ts';
import { publicHalf } from '../private-key.ts';
import {
  type Bench,
  expectCompleted,
  expectRecorded,
  expectUnchanged,
  type Findings,
  finalState,
  isRefusal,
  type Message,
  notTried,
  type Outcome,
  type Proof,
  registerOrder,
  sendCopies,
} from './rig.ts';

type EuropeProof = Proof<TrustlyEuropeAccount>;
/** A bench with a key that signs as Trustly. */
type EuropeBench = Bench<TrustlyEuropeAccount> & { readonly trustlyKey: string };

/** 5, 15, 45 s; 15, 45, 90 min; then every 3 h. */
const ATTEMPTS = 87;
/** Number of notifications in one burst. */
const BURST = 20;

interface Signed {
  readonly message: Message;
  readonly method: string;
  readonly uuid: string;
}

/** Runs the proof only when there is a key that signs as Trustly. */
const withKey =
  (proof: (bench: EuropeBench, found: Findings) => Promise<Outcome>): EuropeProof =>
  async ({ trustlyKey, ...bench }, found) =>
    trustlyKey === undefined
      ? notTried(
          'only Trustly can sign; name a test key with --trustly-key, and store its public half as trustly.next',
        )
      : proof({ ...bench, trustlyKey }, found);

interface Notice {
  readonly method: string;
  readonly data: Readonly<Record<string, Json>>;
}

function signed({ account, url, trustlyKey }: EuropeBench, { method, data }: Notice): Signed {
  const uuid = randomUUID();
  const made = signNotification({ method, uuid, data }, trustlyKey, account.minimumSignature ?? 'SHA1');
  return { message: { method: 'POST', url, ...made }, method, uuid };
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

/** @returns the id of a payment whose order is registered */
function registered(bench: EuropeBench): Promise<string> {
  const id = bench.newId();
  const amounts = [{ currency: 'EUR', exact: '902.50' }];
  return registerOrder(bench, id, { amounts, aliases: [{ type: 'id', value: id }] });
}

/** @returns the status inside the signed answer */
async function deliver(bench: EuropeBench, { message, method, uuid }: Signed, found: Findings) {
  const answer = await bench.rig.send(message);
  const reply = checkReply(answer.body, { method, uuid }, publicHalf(String(bench.key.privateKey)));
  found.expect(answer.status === 200, `${method} was answered ${answer.status || 'nothing'}`);
  found.expect(reply.accepted, reply.accepted ? '' : `Trustly would refuse the answer: ${reply.problem}`);
  return reply.accepted ? String(reply.data.status) : 'none';
}

const answersSigned = withKey(async (bench, found) => {
  const methods = ['pending', 'credit', 'account', 'cancel', 'payoutconfirmation', 'nobodyknowsthis'];
  for (const method of methods) {
    const notification = signed(bench, noticeOf(bench, method, bench.newId()));
    await deliver(bench, notification, found);
    await expectRecorded(bench.rig, notification.message, found, method);
  }
  const { message } = signed(bench, noticeOf(bench, 'credit', bench.newId()));
  const answer = await bench.rig.send({
    ...message,
    body: (message.body ?? '').replace('902.50', '9902.50'),
  });
  found.expect(isRefusal(answer), `an altered amount was answered ${answer.status}`);
  return found.outcome(
    `sent ${methods.length} methods with Å, Ä, Ö in a field, and one with an altered amount`,
    'each answer is signed, with uuid and method; the altered one is refused',
  );
});

const answersCopiesAlike = withKey(async (bench, found) => {
  const id = await registered(bench);
  const credit = noticeOf(bench, 'credit', id);
  const first = signed(bench, credit);
  await bench.rig.sendAndHangUp(first.message);
  const answers = [await deliver(bench, first, found)];
  const before = await expectCompleted(bench.rig, id, found);
  // A retry may have a new uuid, but it has the same notificationid.
  answers.push(await deliver(bench, first, found));
  answers.push(await deliver(bench, signed(bench, credit), found));
  found.expect(new Set(answers).size === 1, `the answers differ: ${answers.join(', ')}`);
  const after = await expectUnchanged(bench.rig, id, before, found);
  return found.outcome(
    'sent one credit and closed the connection before the answer, then sent it three times, once with a new uuid',
    `${answers[0]} each time; ${finalState(after)}`,
  );
});

const acceptsSchedule = withKey(async (bench, found) => {
  const id = await registered(bench);
  const credit = signed(bench, noticeOf(bench, 'credit', id));
  await deliver(bench, credit, found);
  const before = await expectCompleted(bench.rig, id, found);
  await sendCopies(ATTEMPTS - 1, () => deliver(bench, credit, found));
  const after = await expectUnchanged(bench.rig, id, before, found);
  return found.outcome(
    `sent one credit ${ATTEMPTS} times without pauses`,
    `OK each time; ${finalState(after)}`,
  );
});

const acceptsBurst = withKey(async (bench, found) => {
  const ids = [await registered(bench), await registered(bench)];
  const others = Array.from({ length: BURST - 2 * ids.length }, () => bench.newId());
  const burst = [
    ...ids.flatMap((id) => ['credit', 'pending'].map((method) => noticeOf(bench, method, id))),
    ...others.map((id) => noticeOf(bench, 'pending', id)),
  ].map((each) => signed(bench, each));
  await Promise.all(burst.map((each) => deliver(bench, each, found)));
  const known = [];
  for (const id of ids) known.push(await expectCompleted(bench.rig, id, found));
  for (const { message, method } of burst)
    await expectRecorded(bench.rig, message, found, `a ${method} of the burst`);
  return found.outcome(
    `sent ${burst.length} notifications at the same time, each credit before its pending`,
    `each answered and recorded; ${known.map(finalState).join('; ')}`,
  );
});

export const europeProofs: Readonly<Record<string, EuropeProof>> = {
  E2: answersSigned,
  E3: answersCopiesAlike,
  E4: acceptsSchedule,
  E5: acceptsBurst,
};
