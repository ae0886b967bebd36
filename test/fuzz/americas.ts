/** Trustly Americas: the regression vector, one event of each shape, and an independent implementation of the HMAC. */

import { createHmac } from 'node:crypto';
import { signBody } from '../../local/demo/senders/trustly-americas.ts';
import type { NormalizedEvent } from '../../shared/payment/types.ts';
import type { RegisteredProvider } from '../../shared/providers/index.ts';
import type { TrustlyAmericasAccount } from '../../shared/providers/trustly-americas/account.ts';
import { trustlyAmericas } from '../../shared/providers/trustly-americas/index.ts';
import { americasAccount } from '../support/accounts.ts';
import vectors from '../vectors/trustly-americas.json' with { type: 'json' };
import { differences, type Target } from './target.ts';
import type { Message } from './wire.ts';

const vector = vectors.notification;
const current = { accessId: vector.accessId, accessKey: vector.key };
const next = { accessId: vector.accessId, accessKey: 'test-access-key-0002' };
const other = { accessId: 'test-access-id-0003', accessKey: 'test-access-key-0003' };

const account = (name: string): TrustlyAmericasAccount => americasAccount({ account: name });

interface Key {
  readonly accessId: string;
  readonly accessKey: string;
}
const KEYS: Readonly<Record<string, readonly Key[]>> = { shop: [current, next], other: [other] };

const message = (body: string, key: Key, algorithm: 'sha1' | 'sha512' = 'sha1'): Message => ({
  provider: 'trustly-americas',
  account: key === other ? 'other' : 'shop',
  method: 'POST',
  query: '',
  sourceIp: '192.0.2.1',
  headers: signBody(body, { ...key, algorithm }).headers,
  body: Buffer.from(body, 'utf8'),
});

const COMMON = 'merchantId=1002463580&merchantReference=ref-7&objectType=Transaction&timeZone=Etc%2FUTC';
const EVENTS = [
  `${COMMON}&eventId=11&eventType=Authorize&objectId=5&transactionType=1&paymentType=2&status=2&splitToken=CK%2Ba%3D`,
  `${COMMON}&eventId=12&eventType=Complete&objectId=6&parentObjectId=5&transactionType=3&paymentType=2&status=4&message=`,
  `${COMMON}&eventId=13&eventType=Completed&objectId=6&transactionType=3&status=2&paymentProviderTransaction.status=SW030`,
  `${COMMON}&eventId=14&eventType=Deny&objectId=6&transactionType=3&status=8&errorCode=331&message=Not+enough+balance&suggestedRetryAmount=12.50`,
  `${COMMON}&eventId=15&eventType=Refund&objectId=9&parentObjectId=6&transactionType=4&status=4`,
  `${COMMON}&eventId=16&eventType=DataReady&objectId=5&transactionType=1&paymentType=6&fiName=M%26T+Bank&fiCode=200005501`,
  'eventId=17&eventType=Dispute&objectId=6&objectType=Transaction&reference=A-7&transactionId=6&returnType=R10&amountReturned=12.00',
  'eventId=18&status=1&hardRefresh=false&refreshPurpose=Capture&success=true&accessId=test-access-id-0001',
  `${COMMON}&eventId=19&eventType=Something_New&objectId=5&brand.new=%C3%85%C3%84%C3%96&another=1%3D2`,
  `${COMMON}&eventId=20&eventType=Process&objectId=6&transactionType=3&status=3&statusMessage=AT%26T%3Dfun&customer.name=%C3%85sa+%C3%96berg`,
  // Texts that are not UTF-8, in fields that decide nothing.
  `${COMMON}&eventId=24&eventType=Reverse&objectId=6&transactionType=3&status=10&fiName=Caf%E9&message=ung%FCltig`,
  `${COMMON}&eventId=25&eventType=Authorize&objectId=5&transactionType=1&paymentType=2&status=2&fiName=M%26T+Bank&fiCode=200005501&paymentProviderType=PWMB`,
];
/** Events with a free text that spells out a field: they are quarantined, and so must be every altered copy. */
const HOSTILE = [
  'eventId=21&eventType=Update&transactionType=3&objectId=5&status=5&message=x%26status%3D4',
  'eventId=22&eventType=Update&transactionType=3&objectId=5&status=5&fiName=B%26objectId%3D6%26y',
];

/** An event with `parentObjectId`. The hostile message hides this field in its free text `message`. */
const SPELLED =
  'eventId=23&eventType=Update&transactionType=3&objectId=5&status=5&message=x&parentObjectId=8';

/** The decoded body, each byte as the character of the same number; undefined: a broken escape. */
const decoded = (body: Buffer): string | undefined => {
  const text = body.toString('latin1').split('+').join(' ');
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined;
  return text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
};

export const americas: Target = {
  provider: trustlyAmericas as unknown as RegisteredProvider,
  accounts: [account('shop'), account('other')],
  secrets: { shop: { current, next }, other: { current: other } },
  corpus: [
    message(vector.body, current),
    message(vector.body, next, 'sha512'),
    ...EVENTS.map((body, index) =>
      message(body, index % 3 === 2 ? next : current, index % 2 ? 'sha512' : 'sha1'),
    ),
    message(EVENTS[1] ?? '', other),
  ],
  hostile: [
    ...HOSTILE.map((body) => ({ message: message(body, current) })),
    {
      message: message(SPELLED.replace(/&(parent.*)=/, '%26$1%3D'), current),
      spelled: message(SPELLED, current),
    },
  ],
  sign: (content, { account: name }) =>
    decoded(Buffer.from(content)) === undefined
      ? undefined
      : message(content, name === 'other' ? other : current),
  isSigned({ headers, body }, { account: name }) {
    const [, base64 = ''] = /^\s*basic\s+(.*?)\s*$/is.exec(headers.authorization ?? '') ?? [];
    const outer = base64.split(':').slice(0, -1).join(':');
    const [accessId, ...rest] = Buffer.from(base64.split(':').at(-1) ?? '', 'base64')
      .toString('latin1')
      .split(':');
    const label = [outer, ...rest.slice(0, -1)].filter((part) => part !== '').join(':');
    const hash = label === '' || /^hmacsha1$/i.test(label) ? 'sha1' : 'sha512';
    const text = decoded(body);
    return (
      text !== undefined &&
      (KEYS[name] ?? []).some(
        (key) =>
          key.accessId === accessId &&
          createHmac(hash, key.accessKey)
            .update(text, 'latin1')
            .digest()
            .equals(Buffer.from(rest.at(-1) ?? '', 'base64')),
      )
    );
  },
  /** The name of a bank is only displayed; its end may be the beginning of an unknown field. */
  openClass(genuine, accepted) {
    const isName = differences(genuine, accepted).every((name) =>
      ['details.bankAccount', 'onFile'].includes(name),
    );
    const rest = ({ onFile, details }: NormalizedEvent): string =>
      JSON.stringify({ onFile, account: details.bankAccount }, (key, value: unknown) =>
        key === 'bankName' ? undefined : value,
      );
    const isSame = isName && rest(genuine) === rest(accepted);
    return isSame ? 'end of a bank\u2019s name before an unknown field' : undefined;
  },
};
