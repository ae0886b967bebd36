/** Whether CloudFront is the only way to the API: sends a forged notification directly to the API's own address. */
import { CHECKOUT_ROUTE, intakePath } from '../../infra/names.ts';
import { AROUND_EDGE_HEADER } from '../../local/aws/edge.ts';
import { ANSWERS } from '../../shared/app/http/intake-http.ts';
import { defined } from '../../shared/payment/defined.ts';
import { providers } from '../../shared/providers/index.ts';
import type { Connection } from '../connect.ts';
import { type Area, type Examined, type Found, finding } from './finding.ts';

const NOBODY = 'payhooks-doctor';
const TIMEOUT_MS = 5_000;
const RUNBOOK = 'docs/runbooks/edge-header.md';

export const edge: Area = {
  name: 'edge',
  async *examine(examined) {
    const { edgeHeader, publicUrl } = examined.connection.config;
    if (publicUrl === undefined) return;
    if (edgeHeader === 'off') {
      const detail = `edgeHeader is "off": a request to the API's own address does not pass ${publicUrl}`;
      return yield finding('header', 'warn', detail, 'Set "edgeHeader": "count" (docs/domain-and-waf.md).');
    }
    if (edgeHeader === 'count') {
      const detail = 'requests that do not pass CloudFront are counted (metric Remarks) and accepted';
      const next =
        'When the metric has shown no reason no_edge_header for some days, set "edgeHeader": "require".';
      yield finding('header', 'warn', detail, next);
    }
    yield await requestDirectly(examined, edgeHeader);
  },
};

/** The API's own address, with which callers of the checkout sign. */
const ownUrlOf = ({ kind, localUrl, checkoutUrl }: Connection): string | undefined =>
  kind === 'local' ? localUrl : checkoutUrl?.replace(CHECKOUT_ROUTE, '');

const CHECK = 'request to the API itself';

async function requestDirectly(
  { connection, quiet }: Examined,
  edgeHeader: 'count' | 'require',
): Promise<Found> {
  const url = ownUrlOf(connection);
  if (url === undefined)
    return finding(CHECK, 'unknown', 'the API’s own address is not in the outputs of the stack');
  if (quiet) return finding(CHECK, 'unknown', `nothing was sent (--quiet) to ${url}`);
  const [account] = connection.config.accounts;
  const probe = account === undefined ? undefined : providers[account.provider].probe;
  if (account === undefined || probe === undefined)
    return finding(CHECK, 'unknown', 'the provider defines no request that must be refused');
  const { method, query, headers, body } = probe.forged(account, String(Date.now()));
  // The account does not exist, so the request counts for no provider and rings no alarm.
  const path = intakePath({ ...account, account: NOBODY });
  try {
    const response = await fetch(`${url}${path}${query === '' ? '' : `?${query}`}`, {
      method,
      headers: { ...headers, ...(connection.kind === 'local' ? { [AROUND_EDGE_HEADER]: 'yes' } : {}) },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...defined({ body }),
    });
    return judge(response.status, await response.text(), edgeHeader);
  } catch {
    // With keepOwnAddress off, or behind a firewall, nothing answers, so nobody can bypass CloudFront.
    return finding(CHECK, 'ok', `no answer from ${url}`);
  }
}

function judge(status: number, text: string, edgeHeader: 'count' | 'require'): Found {
  if (status === 403 && text === ANSWERS[403])
    return edgeHeader === 'require'
      ? finding(CHECK, 'ok', 'refused with 403')
      : finding(
          CHECK,
          'fail',
          'refused with 403, but the configuration says "count"',
          'Deploy again: npx cdk deploy',
        );
  if (edgeHeader === 'count' && status === 404) return finding(CHECK, 'ok', 'accepted, as configured');
  const expected = edgeHeader === 'require' ? 403 : 404;
  const next = `Deploy again: npx cdk deploy. ${RUNBOOK}`;
  return finding(CHECK, 'fail', `answered ${status}; ${expected} is expected`, next);
}
