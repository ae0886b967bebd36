/**
 * The running `npm start` against which `npm run demo -- --against URL` runs its stories. It keeps running afterwards.
 */
import { connect } from '../../cli/connect.ts';
import { EXIT, Problem } from '../../cli/problem.ts';
import { refuseUnlessLocalSandbox, signingAccount } from '../../cli/signing-accounts.ts';
import type { LocalAccount } from '../account.ts';
import { isAlive, portOf, readRunning } from '../template/running.ts';

export interface Against {
  readonly baseUrl: string;
  /** The accounts for which this process can sign. */
  readonly accounts: readonly LocalAccount[];
}

/** @param runningFolder the folder in which a running `npm start` is announced. @throws Problem */
export async function against(url: string, runningFolder: string): Promise<Against> {
  const wanted = URL.canParse(url) ? new URL(url).origin.replace('//localhost', '//127.0.0.1') : url;
  const found = readRunning(runningFolder).find((each) => each.baseUrl === wanted && isAlive(each));
  if (found === undefined) {
    throw new Problem(
      EXIT.unreachable,
      `No npm start of this checkout answers at ${url}; the demo sends to no other stack, and never to a live one.`,
      'Run `npm start` in another terminal and name the address that it prints.',
    );
  }
  const local = portOf(found);
  const connection = await connect({ stack: undefined, config: undefined, local, runningFolder });
  refuseUnlessLocalSandbox(connection, 'the demo');
  await refuseUnlessDemoShop(found.baseUrl);
  const accounts: LocalAccount[] = [];
  for (const account of connection.config.accounts) {
    const key = `${account.provider}/${account.account}`;
    const canSign = account.provider !== 'trustly-europe' || connection.demoKeys?.[key] !== undefined;
    if (canSign) accounts.push(await signingAccount(connection, account));
  }
  return { baseUrl: found.baseUrl, accounts };
}

/** The stories count what the demo shop received, so the events must go to it. @throws Problem */
async function refuseUnlessDemoShop(baseUrl: string): Promise<void> {
  const response = await fetch(`${baseUrl}/_local/api/listen`);
  const { sendsTo } = (await response.json()) as { readonly sendsTo?: string | null };
  if (typeof sendsTo !== 'string') return;
  throw new Problem(
    EXIT.refused,
    `${baseUrl} sends events to ${sendsTo}, and the demo counts what its own shop is told.`,
    'End payhooks listen (Ctrl-C), or start npm without a target of its own.',
  );
}
