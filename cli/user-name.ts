import { userInfo } from 'node:os';

/** The operating system's user name, for the ledger. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
