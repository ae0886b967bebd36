/** Mutations of JSON members (Trustly Europe). Most mutations change `params.data`, which has the content. */
import type { Random } from '../simulation/random.ts';
import type { Context, JsonOperator } from './operators.ts';
import { NAMES, NUMBERS } from './operators-form.ts';
import { contentOf, type Node, raw, readJson, string, textOf, writeJson } from './wire.ts';

type Member = readonly [key: string, value: Node];
const object = (members: readonly Member[]): Node => ({ kind: 'object', members });
const membersOf = (node: Node | undefined): readonly Member[] =>
  node?.kind === 'object' ? node.members : [];
const get = (node: Node | undefined, key: string): Node | undefined =>
  membersOf(node).find(([name]) => name === key)?.[1];

const setIn = (node: Node, path: readonly string[], value: (found: Node) => Node): Node => {
  const [first, ...rest] = path;
  if (first === undefined) return value(node);
  return object(
    membersOf(node).map(([key, each]): Member => [key, key === first ? setIn(each, rest, value) : each]),
  );
};

/** Changes the members of `params.data`, sometimes of its attributes, of `params` or of the root. */
function inside(
  root: Node,
  { random }: Context,
  how: (members: readonly Member[]) => readonly Member[],
): Node {
  const data = ['params', 'data'];
  const places = [data, data, data, data, [...data, 'attributes'], ['params'], []];
  const path = random.pick(places);
  return setIn(root, path, (node) => {
    const members = membersOf(node);
    return members.length === 0 ? node : object(how(members));
  });
}

const change = (root: Node, context: Context, how: (member: Member) => readonly Member[]): Node =>
  inside(root, context, (members) => {
    const index = context.random.below(members.length);
    return members.flatMap((member, at) => (at === index ? how(member) : [member]));
  });

const inOrder = (members: readonly Member[]): Member[] =>
  [...members].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** The signed text of a node. */
function flat(node: Node): string {
  if (node.kind === 'raw') return node.text === 'null' ? '' : (textOf(node) ?? '');
  if (node.kind === 'array') return node.items.map(flat).join('');
  return inOrder(node.members)
    .map(([key, value]) => key + flat(value))
    .join('');
}

/**
 * Splits the signed text of the members into other members, at names of fields and at random places. The signature
 * stays valid if the new keys are in order; most splits that break the order are left out.
 */
function reread(members: readonly Member[], random: Random): readonly Member[] {
  const text = flat(object(members));
  const names = [...members.map(([key]) => key), ...FIELD_NAMES];
  const starts = names.flatMap((name) => {
    const at = text.indexOf(name, random.below(2) === 0 ? 0 : random.below(text.length));
    return at < 0 || random.chance(0.1) ? [] : [{ at, length: name.length }];
  });
  if (random.chance(0.5)) starts.push({ at: random.below(text.length), length: random.between(0, 6) });
  const cuts = [
    ...new Map([{ at: 0, length: random.below(8) }, ...starts].map((start) => [start.at, start])).values(),
  ].sort((a, b) => a.at - b.at);
  return cuts.map(({ at, length }, index): Member => {
    const end = cuts[index + 1]?.at ?? text.length;
    const keyEnd = Math.min(at + Math.max(0, length + (random.chance(0.1) ? random.between(-2, 3) : 0)), end);
    return [text.slice(at, keyEnd), string(text.slice(keyEnd, end))];
  });
}
const FIELD_NAMES = [
  ...[
    'accountid',
    'amount',
    'attributes',
    'currency',
    'enduserid',
    'errorcode',
    'errormessage',
    'kycentityid',
  ],
  ...['messageid', 'notificationid', 'orderid', 'reason', 'refund', 'timestamp', 'verified'],
];

const nested = (depth: number, open: string, close: string): Node =>
  raw(open.repeat(depth) + close.repeat(depth));

/** Writes some characters of the strings as \u escapes: the text stays the same. */
function escapeSome(text: string, random: Random, chance: number): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, (literal) =>
    literal.replace(/[A-Za-z0-9/]/g, (character, at: number) =>
      literal[at - 1] === '\\' || /\\u[0-9a-fA-F]{0,3}$/.test(literal.slice(0, at)) || !random.chance(chance)
        ? character
        : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
}

export const jsonOperators: Readonly<Record<string, JsonOperator>> = {
  'swap fields': (root, context) =>
    inside(root, context, (members) => {
      const copy = [...members];
      const [a, b] = [context.random.below(copy.length), context.random.below(copy.length)];
      const [[keyA, valueA], [keyB, valueB]] = [copy[a] as Member, copy[b] as Member];
      if (context.random.chance(0.5)) [copy[a], copy[b]] = [copy[b] as Member, copy[a] as Member];
      else if (a !== b)
        [copy[a], copy[b]] = [
          [keyA, valueB],
          [keyB, valueA],
        ];
      return copy;
    }),
  'shuffle fields': (root, context) => inside(root, context, (members) => context.random.shuffled(members)),
  'duplicate field': (root, context) =>
    inside(root, context, (members) => {
      const [key, value] = context.random.pick(members);
      const twin: Member = [key, context.random.chance(0.5) ? value : string('9000.00')];
      const index = context.random.below(members.length + 1);
      return [...members.slice(0, index), twin, ...members.slice(index)];
    }),
  'drop field': (root, context) => change(root, context, () => []),
  'empty field': (root, context) =>
    change(root, context, ([key]) => [
      [key, context.random.pick([raw('null'), string(''), object([]), raw('[]')])],
    ]),
  'rename key': (root, context) =>
    change(root, context, ([key, value]) => {
      const text = textOf(value) ?? '';
      const cut = context.random.between(0, Math.min(4, text.length));
      return context.random.chance(0.5)
        ? [[key + text.slice(0, cut), string(text.slice(cut))]]
        : [[context.random.pick([`${key}x`, key.slice(1), context.random.pick(NAMES)]), value]];
    }),
  'change case': (root, context) =>
    change(root, context, ([key, value]) => {
      const text = textOf(value);
      if (text === undefined || context.random.chance(0.5)) return [[key.toUpperCase(), value]];
      return [[key, string(context.random.chance(0.5) ? text.toUpperCase() : text.toLowerCase())]];
    }),
  'move boundary': (root, context) =>
    inside(root, context, (members) => {
      const list = inOrder(members);
      const index = context.random.below(list.length);
      const [key, value] = list[index] as Member;
      const next = list[index + 1];
      const text = flat(value);
      const shift = context.random.between(1, 4);
      if (next === undefined || context.random.chance(0.5)) {
        list[index] = context.random.chance(0.5)
          ? [key + text.slice(0, shift), string(text.slice(shift))]
          : [key.slice(0, -shift), string(key.slice(-shift) + text)];
        return list;
      }
      const [nextKey, nextValue] = next;
      if (context.random.chance(0.5)) {
        list[index] = [key, string(text + nextKey.slice(0, shift))];
        list[index + 1] = [nextKey.slice(shift), nextValue];
      } else {
        list[index] = [key, string(text.slice(0, -shift))];
        list[index + 1] = [text.slice(-shift) + nextKey, nextValue];
      }
      return list;
    }),
  'value swallows neighbour': (root, context) =>
    inside(root, context, (members) => {
      const list = inOrder(members);
      const index = context.random.below(list.length);
      const count = context.random.between(1, 3);
      const [key, value] = list[index] as Member;
      const swallowed = list.slice(index + 1, index + 1 + count).map(([name, each]) => name + flat(each));
      list.splice(index, count + 1, [key, string(flat(value) + swallowed.join(''))]);
      return list;
    }),
  'split value': (root, context) =>
    change(root, context, ([key, value]) => {
      const text = flat(value);
      const a = context.random.below(text.length + 1);
      const b = context.random.between(a, text.length);
      return [
        [key, string(text.slice(0, a))],
        [text.slice(a, b), string(text.slice(b))],
      ];
    }),
  'read anew': (root, context) => inside(root, context, (members) => reread(members, context.random)),
  'add field': (root, context) =>
    inside(root, context, (members) => {
      const donor = membersOf(get(get(readJson(contentOf(context.donor).toString()), 'params'), 'data'));
      const empty = [raw('null'), raw('{}'), raw('[]'), string('')];
      const added: Member =
        donor.length > 0 && context.random.chance(0.5)
          ? context.random.pick(donor)
          : [context.random.pick(['attributes', ...FIELD_NAMES, ...NAMES]), context.random.pick(empty)];
      return [...members, added];
    }),
  'change type': (root, context) =>
    change(root, context, ([key, value]) => {
      const text = flat(value);
      const middle = context.random.below(text.length + 1);
      return [
        [
          key,
          context.random.pick([
            /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? raw(text) : raw('0'),
            object([[text, string('')]]),
            object([['', string(text)]]),
            object([[text.slice(0, middle), string(text.slice(middle))]]),
            { kind: 'array', items: [string(text)] },
            { kind: 'array', items: [string(text.slice(0, middle)), string(text.slice(middle))] },
            raw('true'),
            raw('null'),
          ]),
        ],
      ];
    }),
  'wrap members': (root, context) =>
    inside(root, context, (members) => {
      const list = inOrder(members);
      const index = context.random.below(list.length);
      const count = context.random.between(1, list.length);
      const [key] = list[index] as Member;
      const wrapped = list.splice(index, count);
      const [head, ...tail] = wrapped as [Member, ...Member[]];
      list.splice(index, 0, [key, object([['', head[1]], ...tail])]);
      return list;
    }),
  'percent re-encoding': (root, { random }) =>
    escapeSome(writeJson(root), random, random.pick([0.01, 0.2, 1])),
  'double encoding': (root, context) =>
    change(root, context, ([key, value]) => [
      [key, string(JSON.stringify(textOf(value) ?? '').slice(1, -1))],
    ]),
  'plus and space': (root, context) =>
    change(root, context, ([key, value]) => [[key, string((textOf(value) ?? '').replaceAll('+', ' '))]]),
  'number forms': (root, context) =>
    change(root, context, ([key, value]) => {
      const text = textOf(value) ?? '';
      const digits = /^\d+$/.test(text)
        ? [raw(text), raw(`${text}.0`), raw(`${text}e0`), raw(`0${text}`)]
        : [];
      return [[key, context.random.pick([...digits, ...NUMBERS.map(raw), ...NUMBERS.map(string)])]];
    }),
  'long number': (root, context) =>
    change(root, context, ([key]) => [[key, raw('9'.repeat(context.random.between(20, 5_000)))]]),
  'huge key': (root, context) =>
    inside(root, context, (members) => [
      ...members,
      ['k'.repeat(context.random.between(1_000, 70_000)), raw('1')],
    ]),
  'many fields': (root, context) =>
    inside(root, context, (members) => [
      ...members,
      ...Array.from(
        { length: context.random.between(50, 3_000) },
        (_, index): Member => [`f${index}`, raw('1')],
      ),
    ]),
  nesting: (root, context) =>
    change(root, context, ([key]) => {
      const depth = context.random.between(1, 30_000);
      return [
        [
          key,
          context.random.pick([nested(depth, '[', ']'), nested(depth, '{"a":', '}'), raw('['.repeat(depth))]),
        ],
      ];
    }),
  'prototype name': (root, context) =>
    change(root, context, ([, value]) => [
      [context.random.pick(['__proto__', 'constructor', 'prototype', 'toString']), value],
    ]),
  'unicode normalisation': (root, context) =>
    change(root, context, ([key, value]) => {
      const form = context.random.pick(['NFC', 'NFD', 'NFKC', 'NFKD'] as const);
      return [[key, string((textOf(value) ?? '').normalize(form).replace(/[a-z]/, (x) => `${x}\u0301`))]];
    }),
  'white space': (root, { random }) =>
    writeJson(root).replace(/[{},:]/g, (mark) =>
      random.chance(0.2) ? `${mark}${random.pick([' ', '\n', '\t', '\r\n', '\u00a0'])}` : mark,
    ),
  'other algorithm': (root, { random }) =>
    setIn(root, ['params', 'signature'], (value) => {
      const text = (textOf(value) ?? '').replace(/^alg=[A-Z0-9]*;/, '');
      return string(
        random.pick(['', 'alg=RS256;', 'alg=RS512;', 'alg=none;', 'alg=', 'ALG=RS256;', ' ']) + text,
      );
    }),
  'method and uuid': (root, { random }) => {
    const method = textOf(get(root, 'method') ?? string('')) ?? '';
    const uuid = textOf(get(get(root, 'params'), 'uuid') ?? string('')) ?? '';
    const joined = method + uuid;
    const cut = random.chance(0.5)
      ? random.below(joined.length)
      : Math.max(0, method.length + random.between(-3, 12));
    return setIn(
      setIn(root, ['method'], () => string(joined.slice(0, cut))),
      ['params', 'uuid'],
      () => string(joined.slice(cut)),
    );
  },
};
