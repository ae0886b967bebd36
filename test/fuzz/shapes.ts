/** Inputs of growing size that make slow, recursive or memory-intensive parsers visible. */
import type { Target } from './target.ts';
import { type Message, withContent } from './wire.ts';

const fill = (unit: string, size: number): string =>
  unit.repeat(Math.ceil(size / unit.length)).slice(0, size);

/** Contents of about `size` characters, by the part that grows. */
const SHAPES: Readonly<
  Record<Target['provider']['name'], Readonly<Record<string, (size: number) => string>>>
> = {
  'trustly-americas': {
    'many fields': (size) => Array.from({ length: size / 10 }, (_, at) => `k${at}=value`).join('&'),
    'one key': (size) => `${fill('k', size)}=1`,
    'one value': (size) => `eventId=7&eventType=Update&objectId=5&message=${fill('status%3D4 ', size)}`,
    'names in a value': (size) => `eventId=7&eventType=Tokenize&new=${fill('x%26status%3D4', size)}x`,
    'split tokens': (size) => `eventId=7&eventType=Tokenize&${fill('splitToken=a&', size)}z=1`,
    separators: (size) => fill('&=', size),
    escapes: (size) => `message=${fill('%C3%A9', size - (size % 6))}`,
    'broken escapes': (size) => fill('%', size),
  },
  'trustly-europe': {
    'many members': (size) =>
      JSON.stringify({
        method: 'credit',
        data: Object.fromEntries(Array.from({ length: size / 12 }, (_, at) => [`k${at}`, '1'])),
      }),
    nesting: (size) => `{"method":"credit","data":{"a":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}}`,
    'nested objects': (size) =>
      `{"method":"credit","data":${'{"a":'.repeat(size / 6)}1${'}'.repeat(size / 6)}}`,
    'long number': (size) => `{"method":"credit","data":{"a":${fill('9', size)}}}`,
    'huge key': (size) => JSON.stringify({ method: 'credit', data: { [fill('k', size)]: '1' } }),
    'names in a value': (size) =>
      JSON.stringify({ method: 'credit', data: { messageid: fill('orderid1notificationid2', size) } }),
    escapes: (size) => `{"method":"credit","data":{"a":"${fill('\\u0041', size - (size % 6))}"}}`,
    'white space': (size) => `{"method":"credit","data":{}${fill(' \n', size)}}`,
  },
  paymentwall: {
    'many parameters': (size) => Array.from({ length: size / 10 }, (_, at) => `k${at}=value`).join('&'),
    'one name': (size) => `${fill('k', size)}=1`,
    'names in a value': (size) => `uid=u&type=0&ref=b1&app=${fill('is_test=1', size)}`,
    'free names in a value': (size) => `uid=u&type=0&ref=b1&app=${fill('goodsid=', size)}`,
    'starts just below the bound': (size) =>
      `uid=u&type=0&ref=b1&app=${fill('goodsid=zz', Math.min(size, 2_400))}${fill('z', Math.max(0, size - 2_400))}`,
    'equals signs': (size) => `uid=u&type=0&ref=b1&app=${fill('=', size)}`,
    'list items': (size) => Array.from({ length: size / 16 }, (_, at) => `goodsid[${at}]=x`).join('&'),
    escapes: (size) => `goodsid=${fill('%C3%A9', size - (size % 6))}`,
  },
};

export const shapeNames = ({ provider }: Target): readonly string[] => Object.keys(SHAPES[provider.name]);

/** The account of a shape: the account whose messages need the most work. */
const ACCOUNTS: Readonly<Record<Target['provider']['name'], string>> = {
  'trustly-americas': 'shop',
  'trustly-europe': 'own',
  paymentwall: 'digital-goods-v3',
};

/** The shape as a message with a genuine signature (if the content can be signed) or with a wrong signature. */
export function shaped(target: Target, shape: string, size: number, isSigned: boolean): Message {
  const { provider, accounts, corpus } = target;
  const content = SHAPES[provider.name][shape]?.(size) ?? '';
  const account = accounts.find((each) => each.account === ACCOUNTS[provider.name]);
  const signed = isSigned && account ? target.sign(content, account) : undefined;
  if (signed !== undefined) return signed;
  const like = corpus.find((message) => message.account === account?.account) ?? (corpus[0] as Message);
  if (provider.name === 'paymentwall') {
    return withContent(like, Buffer.from(`${content}&sign_version=3&sig=${'0'.repeat(64)}`));
  }
  if (provider.name === 'trustly-americas') return withContent(like, Buffer.from(content));
  const { params } = JSON.parse(like.body.toString()) as { readonly params: { readonly signature: string } };
  const data = content.slice(content.indexOf('"data":') + 7, -1);
  const head = `{"method":"credit","version":"1.1","params":{"uuid":"258a2184-2842-b485-25ca-293525152425"`;
  return withContent(like, Buffer.from(`${head},"signature":"${params.signature}","data":${data}}}`));
}
