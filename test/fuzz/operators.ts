/**
 * The mutations by name. An operator changes bytes, form fields or JSON members, whichever the message has. A forger
 * would use the operators that keep the signed text: they move boundaries between fields.
 */
import type { Random } from '../simulation/random.ts';
import { byteOperators } from './operators-bytes.ts';
import { formOperators } from './operators-form.ts';
import { jsonOperators } from './operators-json.ts';
import {
  contentOf,
  type Message,
  type Node,
  type Pair,
  readForm,
  readJson,
  withContent,
  writeForm,
  writeJson,
} from './wire.ts';

/** The input of an operator: random numbers, and another genuine message of the same provider (`donor`). */
export interface Context {
  readonly random: Random;
  readonly donor: Message;
}
export type ByteOperator = (bytes: Buffer, context: Context) => Buffer;
export type FormOperator = (pairs: readonly Pair[], context: Context) => readonly Pair[];
export type JsonOperator = (root: Node, context: Context) => Node | string;
type RequestOperator = (message: Message, context: Context) => Message;

export interface Operator {
  readonly name: string;
  readonly apply: RequestOperator;
  readonly suits: (message: Message) => boolean;
}

const isJson = ({ provider }: Message): boolean => provider === 'trustly-europe';

const onBytes = (operator: ByteOperator): RequestOperator => {
  return (message, context) => withContent(message, operator(contentOf(message), context));
};

const onForm = (operator: FormOperator): RequestOperator => {
  return (message, context) =>
    withContent(
      message,
      Buffer.from(writeForm(operator(readForm(contentOf(message).toString()), context)), 'utf8'),
    );
};

const onJson = (operator: JsonOperator): RequestOperator => {
  return (message, context) => {
    const root = readJson(contentOf(message).toString());
    if (root === undefined) return message;
    const changed = operator(root, context);
    return withContent(message, Buffer.from(typeof changed === 'string' ? changed : writeJson(changed)));
  };
};

/** Applies a byte operator to the Authorization header of Trustly Americas. */
const onHeader = (operator: ByteOperator): RequestOperator => {
  return (message, context) => {
    const { authorization = '' } = message.headers;
    const [scheme = '', base64 = ''] = authorization.split(' ');
    const inside = context.random.chance(0.5);
    const changed = inside
      ? `${scheme} ${operator(Buffer.from(base64, 'base64'), context).toString('base64')}`
      : operator(Buffer.from(authorization), context).toString('latin1');
    return { ...message, headers: { ...message.headers, authorization: changed } };
  };
};

const requestOperators: Readonly<Record<string, RequestOperator>> = {
  'other content type': (message, { random }) => ({
    ...message,
    headers: { ...message.headers, 'content-type': random.pick(CONTENT_TYPES) },
  }),
  'other method': (message, { random }) => ({ ...message, method: random.pick(METHODS) }),
  'other address': (message, { random }) => ({ ...message, sourceIp: random.pick(ADDRESSES) }),
  'other account': (message, { donor }) => ({ ...message, account: donor.account }),
  'signature of another message': (message, { donor }) =>
    message.headers.authorization === undefined
      ? message
      : { ...message, headers: { ...message.headers, authorization: donor.headers.authorization ?? '' } },
  'drop header': (message, { random }) => {
    const names = Object.keys(message.headers);
    if (names.length === 0) return message;
    const gone = random.pick(names);
    return {
      ...message,
      headers: Object.fromEntries(Object.entries(message.headers).filter(([name]) => name !== gone)),
    };
  },
  'flip the base64 flag': (message) => ({ ...message, flipBase64: true }),
};
const CONTENT_TYPES = [
  '',
  'text/plain',
  'application/json',
  'application/xml',
  'image/png',
  'text/html;é',
  'x',
];
const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'post', ''];
const ADDRESSES = ['216.127.71.7', '::ffff:216.127.71.7', '216.127.071.7', '10.0.0.1', '', '216.127.71.256'];

const named = (
  list: Readonly<Record<string, RequestOperator>>,
  suits: Operator['suits'],
): readonly Operator[] => Object.entries(list).map(([name, apply]) => ({ name, apply, suits }));

const mapped = <T>(list: Readonly<Record<string, T>>, make: (operator: T) => RequestOperator) =>
  Object.fromEntries(Object.entries(list).map(([name, operator]) => [name, make(operator)]));

const hasHeader = ({ provider }: Message): boolean => provider === 'trustly-americas';

export const OPERATORS: readonly Operator[] = [
  ...named(mapped(byteOperators, onBytes), () => true),
  ...named(mapped(formOperators, onForm), (message) => !isJson(message)),
  ...named(mapped(jsonOperators, onJson), isJson),
  ...named(requestOperators, () => true),
  ...named(
    {
      'change the credential': (message, context) =>
        onHeader(context.random.pick(Object.values(byteOperators)))(message, context),
    },
    hasHeader,
  ),
];

/** Distinct names: operators for form fields and for JSON members with the same name do the same. */
export const OPERATOR_NAMES: readonly string[] = [...new Set(OPERATORS.map(({ name }) => name))];
