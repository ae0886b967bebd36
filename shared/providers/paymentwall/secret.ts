/** The form of an account's secret; keys.ts parses it. */
import { membersOf, type SecretForm, textKey, textKeys } from '../secret-form.ts';

const KEY = { secretKey: true, projectKey: true } as const;

export const secret: SecretForm = {
  shape: '{"current": {"secretKey", "projectKey"?}, "next"?: {…}, "brickTestKey"?}',
  members: { current: KEY, next: KEY, brickTestKey: true },
  keys: (value) => [
    ...textKeys(value, 'secretKey'),
    ...textKey('brickTestKey', membersOf(value).brickTestKey),
  ],
};
