import { userInfo } from 'node:os';

/** Who sits here, for the ledger. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
