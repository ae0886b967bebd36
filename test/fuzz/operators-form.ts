/** Mutations of form fields and query parameters (Trustly Americas, Paymentwall). */
import type { Random } from '../simulation/random.ts';
import type { Context, FormOperator } from './operators.ts';
import { contentOf, type Pair, readForm, writeForm } from './wire.ts';

export const NAMES = [
  ...['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', '__defineGetter__', 'then'],
  ...[
    'eventId',
    'status',
    'objectId',
    'parentObjectId',
    'transactionType',
    'splitToken',
    'accessId',
    'errorCode',
  ],
  ...['uid', 'type', 'ref', 'goodsid', 'goodsid[0]', 'is_test', 'reason', 'sign_version', 'sig', 'currency'],
];
export const NUMBERS = ['1.0', '1e0', '01', '+1', '-0', '0x1', '1_000', ' 1', '1e400', '９', '9'.repeat(400)];

/** A new list with one changed field; the same list if it is empty. */
const change = (
  pairs: readonly Pair[],
  { random }: Context,
  how: (pair: Pair) => Pair | readonly Pair[],
): readonly Pair[] => {
  const index = random.below(pairs.length);
  return pairs.flatMap((pair, at) => (at === index ? how(pair) : pair));
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
};
const encode = (text: string): string => (text.isWellFormed() ? encodeURIComponent(text) : text);

/** Writes some characters as escapes in upper or lower case. */
function encodeSome(text: string, random: Random, chance: number): string {
  return [...text]
    .map((character) => {
      if (!random.chance(chance) || !character.isWellFormed()) return character;
      const hex = [...Buffer.from(character)]
        .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
        .join('');
      return random.chance(0.5) ? hex.toUpperCase() : hex;
    })
    .join('');
}

/** Paymentwall's base text: `name=value` in order of the names, without separators. */
const inOrder = (pairs: readonly Pair[]): Pair[] =>
  pairs
    .filter(({ key }) => key !== 'sig')
    .map(({ key, value = '' }) => ({ key: decode(key), value: decode(value) }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));

/**
 * Splits the signed text into other fields: for Paymentwall the base text at some of the "=", for Trustly Americas the
 * decoded body at some of the "&" and "=". The signature stays valid for every result.
 */
function reread(pairs: readonly Pair[], { random, donor }: Context): readonly Pair[] {
  if (donor.provider === 'trustly-americas') {
    const text = decode(writeForm(pairs));
    const hidden = [...text].map((character) =>
      '&='.includes(character) && random.chance(0.1)
        ? encode(character)
        : '%+'.includes(character)
          ? encode(character)
          : character,
    );
    return readForm(hidden.join(''));
  }
  const sig = pairs.filter(({ key }) => key === 'sig');
  const known = inOrder(pairs);
  const text = known.map(({ key, value }) => `${key}=${value}`).join('');
  const cuts = [...text].flatMap((character, index) => (character === '=' ? [index] : []));
  const kept = cuts.filter(() => random.chance(0.8));
  let from = 0;
  const cut = kept.map((equals, index) => {
    const next = kept[index + 1] ?? text.length;
    const longest = next - equals - 1;
    const names = [...known.map(({ key }) => key), ...NAMES];
    const before = names.filter((name) => text.slice(0, next).endsWith(name) && name.length <= longest);
    const length =
      next === text.length
        ? 0
        : before.length > 0 && random.chance(0.8)
          ? (random.pick(before)?.length ?? 0)
          : random.between(0, Math.min(longest, 12));
    const pair = {
      key: encode(text.slice(from, equals)),
      value: encode(text.slice(equals + 1, next - length)),
    };
    from = next - length;
    return pair;
  });
  return [...cut, ...sig];
}

export const formOperators: Readonly<Record<string, FormOperator>> = {
  'swap fields': (pairs, { random }) => {
    const copy = [...pairs];
    const [a, b] = [random.below(copy.length), random.below(copy.length)];
    [copy[a], copy[b]] = [copy[b] as Pair, copy[a] as Pair];
    return copy;
  },
  'shuffle fields': (pairs, { random }) => random.shuffled(pairs),
  'duplicate field': (pairs, context) => {
    const { random } = context;
    const source = random.pick(pairs);
    const value = random.chance(0.5)
      ? source.value
      : `${source.value ?? ''}${random.pick(['0', '4', 'x', ''])}`;
    const twin: Pair = value === undefined ? { key: source.key } : { key: source.key, value };
    const index = random.below(pairs.length + 1);
    return [...pairs.slice(0, index), twin, ...pairs.slice(index)];
  },
  'drop field': (pairs, context) => change(pairs, context, () => []),
  'empty field': (pairs, context) =>
    change(pairs, context, ({ key }) => (context.random.chance(0.5) ? { key } : { key, value: '' })),
  'rename key': (pairs, context) =>
    change(pairs, context, (pair) => ({
      ...pair,
      key: context.random.pick([
        `${pair.key}x`,
        pair.key.slice(1),
        `${pair.key}2`,
        context.random.pick(NAMES),
      ]),
    })),
  'change case': (pairs, context) =>
    change(pairs, context, ({ key, value }) => {
      const shift = context.random.chance(0.5)
        ? (text: string) => text.toUpperCase()
        : (text: string) => text.toLowerCase();
      if (value === undefined || context.random.chance(0.5)) {
        return value === undefined ? { key: shift(key) } : { key: shift(key), value };
      }
      return { key, value: shift(value) };
    }),
  'move boundary': (pairs, context) => {
    const { random } = context;
    if (pairs.length < 2) return pairs;
    const index = random.below(pairs.length - 1);
    const [a, b] = [pairs[index] as Pair, pairs[index + 1] as Pair];
    const text = `${a.value ?? ''}${b.key}`;
    const cut = random.below(text.length + 1);
    const moved: Pair[] = [
      { ...a, value: text.slice(0, cut) },
      { ...b, key: text.slice(cut) },
    ];
    return [...pairs.slice(0, index), ...moved, ...pairs.slice(index + 2)];
  },
  'value swallows neighbour': (pairs, context) => {
    const { random } = context;
    const list = context.donor.provider === 'paymentwall' ? sortedRaw(pairs) : [...pairs];
    if (list.length < 2) return pairs;
    const index = random.below(list.length - 1);
    const [a, b] = [list[index] as Pair, list[index + 1] as Pair];
    const glue = context.donor.provider === 'paymentwall' ? '' : '%26';
    const value = `${a.value ?? ''}${glue}${b.key}${random.chance(0.5) ? '%3D' : '='}${b.value ?? ''}`;
    return [...list.slice(0, index), { key: a.key, value }, ...list.slice(index + 2)];
  },
  'split value': (pairs, context) =>
    change(pairs, context, ({ key, value = '' }) => readForm(`${key}=${decode(value)}`)),
  'read anew': reread,
  'add field': (pairs, { random, donor }) => {
    const fields = readForm(contentOf(donor).toString());
    const added = random.chance(0.5)
      ? random.pick(fields)
      : { key: random.pick(NAMES), value: random.pick(['0', '1', '4', '', 'x']) };
    const index = random.below(pairs.length + 1);
    return [...pairs.slice(0, index), added, ...pairs.slice(index)];
  },
  'change type': (pairs, context) =>
    change(pairs, context, ({ key, value = '' }) => ({
      key: `${key}${context.random.pick(['[]', '[0]', '%5B0%5D', '[a][b]', '.x', '[__proto__]'])}`,
      value,
    })),
  'percent re-encoding': (pairs, context) =>
    context.random.chance(0.3)
      ? readForm(encodeSome(writeForm(pairs), context.random, 0.02))
      : change(pairs, context, ({ key, value = '' }) => ({
          key: encodeSome(decode(key), context.random, 0.3),
          value: encodeSome(
            encode(decode(value)).replaceAll('%20', context.random.pick(['+', '%20'])),
            context.random,
            0,
          ),
        })),
  'double encoding': (pairs, context) =>
    change(pairs, context, ({ key, value = '' }) => ({ key, value: encode(value) })),
  'plus and space': (pairs, context) =>
    change(pairs, context, ({ key, value = '' }) => ({
      key,
      value: context.random.pick([
        value.replaceAll('+', '%20'),
        value.replaceAll('%20', '+'),
        value.replaceAll('+', '%2B'),
        value.replaceAll('%2B', '+'),
      ]),
    })),
  'number forms': (pairs, context) =>
    change(pairs, context, ({ key, value = '' }) => ({
      key,
      value: context.random.pick([`${value}.0`, `0${value}`, `${value}e0`, `+${value}`, ...NUMBERS]),
    })),
  'long number': (pairs, context) =>
    change(pairs, context, ({ key }) => ({ key, value: '9'.repeat(context.random.between(20, 5_000)) })),
  'huge key': (pairs, { random }) => [
    ...pairs,
    { key: 'k'.repeat(random.between(1_000, 70_000)), value: '1' },
  ],
  'many fields': (pairs, { random }) => [
    ...pairs,
    ...Array.from({ length: random.between(50, 3_000) }, (_, index) => ({ key: `f${index}`, value: 'v' })),
  ],
  nesting: (pairs, { random }) => [
    ...pairs,
    { key: `a${'[b]'.repeat(random.between(1, 5_000))}`, value: '1' },
  ],
  'prototype name': (pairs, context) =>
    change(pairs, context, ({ value = '' }) => [
      { key: context.random.pick(['__proto__', 'constructor', '__proto__[x]', 'prototype']), value },
    ]),
  'unicode normalisation': (pairs, context) =>
    change(pairs, context, ({ key, value = '' }) => {
      const form = context.random.pick(['NFC', 'NFD', 'NFKC', 'NFKD'] as const);
      return {
        key,
        value: encode(
          decode(value)
            .normalize(form)
            .replace(/[a-z]/, (x) => `${x}\u0301`),
        ),
      };
    }),
  'empty segments': (pairs, { random }) => {
    const index = random.below(pairs.length + 1);
    return [...pairs.slice(0, index), { key: '' }, { key: '' }, ...pairs.slice(index)];
  },
};

/** The pairs in the order in which Paymentwall signs them, with unchanged escapes; `sig` is last. */
const sortedRaw = (pairs: readonly Pair[]): Pair[] => [
  ...pairs
    .filter(({ key }) => key !== 'sig')
    .sort((a, b) => Buffer.compare(Buffer.from(decode(a.key)), Buffer.from(decode(b.key)))),
  ...pairs.filter(({ key }) => key === 'sig'),
];
