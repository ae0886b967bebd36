/** The output of `npm start` when it is ready: for people, and for programs. */
import { styleText } from 'node:util';
import type { LocalAccount } from './account.ts';
import { curlOf, sampleRequest } from './demo/samples.ts';
import type { LocalStack } from './stack.ts';
import { isLoopbackHttp } from './target/loopback.ts';

export interface BannerOptions {
  /** Seconds from the command until ready. */
  readonly seconds: number;
  readonly colour: boolean;
  readonly dataDir: string | undefined;
}

/**
 * One line of JSON: the addresses, and everything that an outside client needs to sign.
 * @param withheld names of credentials that are not printed: the developer supplied them, and a log should not contain
 * them
 */
export function readyLine(stack: LocalStack, withheld: readonly string[] = []): string {
  const { baseUrl, environment, engine } = stack;
  const credentials = Object.fromEntries(
    Object.entries(stack.credentials).filter(([name]) => !withheld.includes(name)),
  );
  const accounts = stack.accounts.map(({ credentials: own, ...account }) =>
    withheld.includes(`${account.provider}/${account.account}`) ? account : { ...account, credentials: own },
  );
  return JSON.stringify({
    baseUrl,
    environment,
    accounts,
    credentials,
    ...(withheld.length === 0 ? {} : { withheld }),
    dynamodb: engine.name,
    console: `${baseUrl}/_local/`,
    api: `${baseUrl}/_local/api`,
  });
}

/** The screen: addresses, accounts, and a signed notification of each provider to paste. */
export function banner(stack: LocalStack, { seconds, colour, dataDir }: BannerOptions): string {
  const paint = (style: 'bold' | 'dim' | 'cyan', text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const { baseUrl, environment, accounts } = stack;
  const lines = [
    '',
    `${paint('bold', 'Payhooks')} is ready after ${seconds.toFixed(1)} s ${paint('dim', `(${environment}, ${stack.engine.name})`)}`,
    '',
    ...table([
      ['API', paint('cyan', baseUrl)],
      ['Console', paint('cyan', `${baseUrl}/_local/`)],
      ['Inspect', `${baseUrl}/_local/api/{payments,orders,fulfilments,queues}`],
      ['State', stateOf(stack, dataDir)],
      ['Events', targetOf(stack)],
    ]),
    `  ${paint('dim', `to your own service: npx payhooks listen --forward-to http://localhost:3000/hooks`)}`,
    '',
    paint('bold', 'Accounts'),
    ...table(accounts.map(({ provider, account, method, url }) => [provider, account, method, url])),
    '',
    paint('bold', 'Paste one: a signed notification of a payment that succeeded'),
    ...samplesOf(accounts).flatMap(({ title, curl }) => ['', paint('dim', `# ${title}`), curl]),
    '',
    paint('dim', 'Ctrl-C stops everything.'),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** The description of where events are delivered. */
function targetOf({ config: { target }, template }: LocalStack): string {
  if (target.type === 'eventbridge') return `to the demo shop, by the bus ${template.buses.join(', ')}`;
  if (isLoopbackHttp(target.url)) return `to ${target.url}, signed as an HTTPS target signs`;
  return `to the demo shop, by HTTPS; ${target.url} is not called from this computer`;
}

function stateOf({ engine }: LocalStack, dataDir: string | undefined): string {
  if (dataDir === undefined) {
    return engine.keeps === undefined
      ? 'messages in memory; rows in the DynamoDB of --dynamodb'
      : 'in memory: lost when npm start stops (--data DIR keeps it)';
  }
  return engine.keeps === undefined
    ? `messages and what the shop received in ${dataDir}; rows in the DynamoDB of --dynamodb`
    : `kept in ${dataDir}`;
}

/** The first account of each provider. */
function samplesOf(accounts: readonly LocalAccount[]) {
  const firsts = accounts.filter(
    ({ provider }, index) => accounts.findIndex((account) => account.provider === provider) === index,
  );
  return firsts.flatMap((account) => {
    const request = sampleRequest(account);
    return request === undefined
      ? []
      : [{ title: `${account.provider}, account ${account.account}`, curl: curlOf(request) }];
  });
}

/** Aligns the columns; the last one is not padded. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map(
    (row) =>
      `  ${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')}`,
  );
}
