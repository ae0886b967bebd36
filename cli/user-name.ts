import { userInfo } from 'node:os';

/** User names of machines: no person has them, so they do not show who acted. */
const OF_MACHINES: ReadonlySet<string> = new Set([
  ...['root', 'admin', 'administrator', 'ubuntu', 'debian', 'fedora', 'centos', 'ec2-user', 'ssm-user'],
  ...['cloudshell-user', 'node', 'docker', 'vscode', 'codespace', 'gitpod', 'runner', 'jenkins'],
  ...['nobody', 'unknown', 'user', 'www-data', ''],
]);

export const isOfMachine = (name: string): boolean => OF_MACHINES.has(name.trim().toLowerCase());

/** The operating system's user name, for the ledger. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
