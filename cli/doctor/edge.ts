/** Whether CloudFront is the only way to the API: sends a forged notification directly to the API's own address. */
import { CHECKOUT_ROUTE, intakePath } from '../../infra/names.ts';
import { AROUND_EDGE_HEADER } from '../../local/aws/edge.ts';
import { ANSWERS } from '../../shared/app/http/intake-http.ts';
import { defined } from '../../shared/payment/defined.ts';
import { providers } from '../../shared/providers/index.ts';
import type { Connection } from '../connect.ts';
import type { Area, Found, Patient } from './finding.ts';

const NOBODY = 'payhooks-doctor';
const TIMEOUT_MS = 5_000;
const RUNBOOK = 'docs/runbooks/edge-header.md';

export const edge: Area = {
  name: 'edge',
  async *examine(patient) {
    const { edgeHeader, publicUrl } = patient.connection.config;
    if (publicUrl === undefined) return;
    if (edgeHeader === 'off') {
      yield {
        check: 'header',
        verdict: 'warn',
        detail: `whoever knows the address of the API walks around ${publicUrl}: edgeHeader is "off"`,
        next: 'Set "edgeHeader": "count" (docs/domain-and-waf.md).',
      };
      return;
    }
    if (edgeHeader === 'count') {
      yield {
        check: 'header',
        verdict: 'warn',
        detail: 'requests around what stands in front are counted (metric Remarks), and accepted',
        next: 'When the reason no_edge_header has been silent for long enough: "edgeHeader": "require".',
      };
    }
    yield await tryAround(patient, edgeHeader);
  },
};

/** The API's own address, with which callers of the checkout sign. */
const ownUrlOf = ({ kind, localUrl, checkoutUrl }: Connection): string | undefined =>
  kind === 'local' ? localUrl : checkoutUrl?.replace(CHECKOUT_ROUTE, '');

async function tryAround({ connection, quiet }: Patient, edgeHeader: 'count' | 'require'): Promise<Found> {
  const check = 'around it';
  const url = ownUrlOf(connection);
  if (url === undefined)
    return { check, verdict: 'unknown', detail: 'the API’s own address is not in the outputs of the stack' };
  if (quiet) return { check, verdict: 'unknown', detail: `nothing was sent (--quiet) to ${url}` };
  const [account] = connection.config.accounts;
  const probe = account === undefined ? undefined : providers[account.provider].probe;
  if (account === undefined || probe === undefined)
    return { check, verdict: 'unknown', detail: 'no provider says a request that must be refused' };
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
    return { check, ...judged(response.status, await response.text(), edgeHeader) };
  } catch {
    // With keepOwnAddress off, or behind a firewall, nothing answers, so nobody can bypass CloudFront.
    return { check, verdict: 'ok', detail: `nobody answers at ${url}` };
  }
}

function judged(status: number, text: string, edgeHeader: 'count' | 'require'): Omit<Found, 'check'> {
  if (status === 403 && text === ANSWERS[403])
    return edgeHeader === 'require'
      ? { verdict: 'ok', detail: 'refused with 403' }
      : {
          verdict: 'fail',
          detail: 'refused with 403, and the configuration says "count"',
          next: 'Deploy again: npx cdk deploy',
        };
  if (edgeHeader === 'count' && status === 404) return { verdict: 'ok', detail: 'let in, as configured' };
  return {
    verdict: 'fail',
    detail: `answered ${status}; ${edgeHeader === 'require' ? 403 : 404} is expected`,
    next: `Deploy again: npx cdk deploy. ${RUNBOOK}`,
  };
}
