/** The canary test with the deployed bundles: their output, the queues and the answers contain no mark. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleRequest } from '../../local/demo/samples.ts';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { signBody } from '../../local/demo/senders/trustly-americas.ts';
import { signNotification } from '../../local/demo/senders/trustly-europe.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { accountOf, isWorkedOff, type Reply, send, sendOnce } from '../local/client.ts';
import { leaksIn, type Mark } from './marks.ts';

const PERSON = 'Åsa "Cänary" Öberg & Söner';
const EMAIL = 'canary.person+mark@mail.example';
const TOKEN = 'CANARYsplit+Token/0123456789==';
const HEADER = 'canary-header-1234';

let stack: LocalStack;
const sent: string[] = [];
beforeAll(async () => {
  stack = await startLocalStack();
  const { call } = stack.sqs;
  Object.assign(stack.sqs, {
    call: (operation: string, input: Parameters<typeof call>[1]) => {
      if (operation.startsWith('Send')) sent.push(JSON.stringify(input));
      return call(operation, input);
    },
  });
});
afterAll(() => stack?.stop());

/** A request with marks, signed with the account's keys. */
function marked(name: string) {
  const account = accountOf(stack, name);
  const sample = sampleRequest(account);
  if (sample === undefined) throw new Error(`no sample for ${name}`);
  const headers = { ...sample.headers, 'user-agent': HEADER, cookie: `session=${HEADER}` };
  const { current, demo } = account.credentials as Readonly<Record<string, Record<string, string>>>;
  switch (account.provider) {
    case 'trustly-americas': {
      const more = new URLSearchParams({ 'customer.name': PERSON, newField: EMAIL, splitToken: TOKEN });
      const made = signBody(`${sample.body}&${more}`, current as unknown as Parameters<typeof signBody>[1]);
      return { ...sample, ...made, headers: { ...headers, ...made.headers } };
    }
    case 'trustly-europe': {
      const { method, params } = JSON.parse(sample.body ?? '');
      const data = { ...params.data, enduserid: EMAIL, attributes: { name: PERSON } };
      const made = signNotification({ method, uuid: params.uuid, data }, demo?.trustlyPrivateKey ?? '');
      return { ...sample, ...made, headers: { ...headers, ...made.headers } };
    }
    case 'paymentwall': {
      const url = new URL(sample.url);
      const pairs = [...url.searchParams].filter(([key]) => key !== 'sig' && key !== 'uid');
      const query = signPingback([...pairs, ['uid', EMAIL], ['custom', PERSON]], {
        secretKey: current?.secretKey ?? '',
        version: account.signatureVersion,
        api: account.api,
      });
      return { ...sample, url: `${url.origin}${url.pathname}?${query}`, headers };
    }
  }
}

const WAIT = { timeout: 120_000, interval: 50 };
const ACCOUNTS = ['trustly-americas/demo', 'trustly-europe/demo', 'paymentwall/goods'];

it('the deployed bundles print, queue and answer no secret or personal data', async () => {
  const answers: Reply[] = [];
  const marks: Mark[] = [
    ...Object.entries({ PERSON, EMAIL, TOKEN, HEADER }).map(([name, text]) => ({ name, text })),
    ...ACCOUNTS.flatMap((name) =>
      Object.entries(accountOf(stack, name).credentials.current as Record<string, string>)
        .filter(([key]) => key !== 'accessId')
        .map(([key, text]) => ({ name: `${name} ${key}`, text: text.split('\n')[4] ?? text })),
    ),
  ];
  for (const name of ACCOUNTS) {
    const request = marked(name);
    answers.push(await send(request), await send(request));
    answers.push(
      await send({ ...request, url: request.url.replace(/demo|goods(?=\/)/, 'canary-account-path') }),
    );
    const forged = request.body?.replace(/2/, '3');
    answers.push(
      await send(
        forged === undefined
          ? { ...request, url: `${request.url}&uid=${HEADER}` }
          : { ...request, body: forged },
      ),
    );
    // A fault during a worker's run would delay the message by its visibility timeout of three minutes.
    await expect.poll(() => isWorkedOff(stack), WAIT).toBe(true);
    stack.setFault('sqs', 'down');
    answers.push(await sendOnce(marked(name)));
    stack.setFault('sqs', undefined);
  }
  stack.setFault('shop', 'failing');
  for (const name of ACCOUNTS) answers.push(await send(marked(name)));
  stack.setFault('shop', undefined);
  await expect.poll(() => isWorkedOff(stack), WAIT).toBe(true);

  expect(answers.map(({ status }) => status)).toEqual(expect.arrayContaining([200, 401, 404, 503]));
  expect(sent.length).toBeGreaterThan(10);
  const sinks = {
    printed: stack.functions
      .logs()
      .map(({ line }) => line)
      .join('\n'),
    queued: sent.join('\n'),
    answered: JSON.stringify(answers),
  };
  for (const [sink, text] of Object.entries(sinks)) expect(leaksIn(text, marks), sink).toEqual([]);
});
