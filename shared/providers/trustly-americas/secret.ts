/** The form of an account's secret; verify.ts parses it. */
import { type SecretForm, textKeys } from '../secret-form.ts';

const KEY = { accessId: true, accessKey: true } as const;

export const secret: SecretForm = {
  shape: '{"current": {"accessId", "accessKey"}, "next"?: {…}}',
  members: { current: KEY, next: KEY },
  keys: (value) => textKeys(value, 'accessKey'),
};
