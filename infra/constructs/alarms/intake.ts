/** Alarms about answers to providers: late, failed by our own fault, not verified, or absent. */
import type { EdgeFault } from '../../../shared/app/platform/edge.ts';
import type { Config } from '../../config.ts';
import { gatewayMetric, MINUTES_5, math, type OwnMetrics } from '../metrics.ts';
import { type AccountName, type AlarmSpec, alarmsOfAccounts, HOUR } from './spec.ts';

export function answerAlarms(own: OwnMetrics, apiId: string): AlarmSpec[] {
  const surge = math('bad signatures', 'IF(bad >= 10 AND bad > 0.2 * all, bad, 0)', {
    bad: own.of('BadSignatures'),
    all: own.of('Notifications'),
  });
  return [
    {
      name: 'answer-latency',
      severity: 'ticket',
      says: 'One in a hundred answers takes more than 2 s; providers give up at 3 s and send again.',
      metric: gatewayMetric(apiId, 'Latency', { statistic: 'p99' }),
      threshold: 2_000,
      periods: 3,
      datapoints: 2,
    },
    {
      name: 'own-5xx',
      severity: 'page',
      says: 'At least five requests in five minutes were answered 5xx; each comes again when its provider retries.',
      metric: gatewayMetric(apiId, '5xx'),
      threshold: 4,
    },
    {
      name: 'bad-signatures',
      severity: 'ticket',
      says: 'More than a fifth of what came (and at least ten) could not be verified: a stranger, or a wrong key.',
      metric: surge,
      periods: 3,
      datapoints: 2,
    },
  ];
}

/**
 * The stack's own requests through the public address (shared/app/schedules/probe.ts). Three of four periods, because
 * the last period has only begun, and one failed run means nothing yet. A period without a run counts as failed,
 * because nothing was tested in it.
 */
export function probeAlarms(own: OwnMetrics): AlarmSpec[] {
  return [
    {
      name: 'probe-failed',
      severity: 'page',
      says: "The stack's own requests through the public address are not answered as the stack answers: something in front of it answers by itself or changes them, and a provider gets the same; or no probe ran.",
      metric: math('probe failed or missing', 'IF(FILL(sent, 0) == 0 OR FILL(failed, 0) > 0, 1, 0)', {
        sent: own.of('ProbesSent', { statistic: 'SampleCount' }),
        failed: own.of('ProbesFailed'),
      }),
      periods: 4,
      datapoints: 3,
      missingData: 'bad',
    },
  ];
}

/** Only when intake checks the header. A plain metric: without refusals it has no data, and needs no comparison. */
export function edgeHeaderAlarms(own: OwnMetrics): AlarmSpec[] {
  const refused = (reason: EdgeFault) => own.of('Refused', { period: MINUTES_5 }, { reason });
  return [
    {
      name: 'edge-header-wrong',
      runbook: 'edge-header',
      severity: 'page',
      says: 'Requests carry a wrong secret header and are refused: what stands in front of the API sends another value than the secret "edge" holds, and every notification is refused until they agree.',
      metric: refused('wrong_edge_header'),
    },
    {
      name: 'edge-header-missing',
      runbook: 'edge-header',
      severity: 'ticket',
      says: 'Requests without the secret header are refused: a provider still has the address of the API itself, what stands in front adds no header, or a stranger walks around it.',
      metric: refused('no_edge_header'),
    },
  ];
}

/**
 * Refusals in the current hour and the one before; a pingback that Paymentwall repeats every half hour reaches three.
 */
const WRONG_KEY_FROM = 3;
/**
 * Rings for an account of which no notification can be verified: `bad-signatures` sums all accounts, and does not see a
 * wrong key on a quiet one. It compares the current hour and the one before, so that a stranger who sends garbage to an
 * account's address cannot make it ring as long as the account accepts something every hour.
 *
 * A Metrics Insights query (GROUP BY) reads one metric and cannot relate two, so the alarm is metric math over the
 * configured accounts. The runbook finds the account.
 */
export const wrongKeyAlarms = (own: OwnMetrics, accounts: readonly AccountName[]): AlarmSpec[] =>
  alarmsOfAccounts(own, accounts, {
    name: 'wrong-key',
    severity: 'page',
    runbook: 'bad-signatures',
    says: 'For an account everything was refused as not verified, and nothing accepted: its key is wrong, or a stranger tries a quiet address.',
    metrics: { b: 'BadSignatures', a: 'Accepted' },
    isFailing: (at) => `IF(${twoHours(`b${at}`)} >= ${WRONG_KEY_FROM} AND ${twoHours(`a${at}`)} == 0, 1, 0)`,
    period: HOUR,
    label: 'accounts of which nothing is verified',
    // The hour that has just begun holds little data, so the hour before counts as well.
    periods: 2,
    datapoints: 1,
  });

/** DIFF(x) is x minus the value before, so `2x - DIFF(x)` is the sum of the two. */
const twoHours = (id: string): string => `2 * FILL(${id}, 0) - DIFF(FILL(${id}, 0))`;

/**
 * A refusal that goes on for hours, whatever its reason, is a message that a provider repeats and that Payhooks never
 * reads. The alarm needs three of the last four hours, each with one refusal. Trustly Americas repeats every five
 * minutes, Paymentwall every half hour, Trustly Europe five times in the first hour and once in each of the next two.
 */
const FOR_HOURS = { periods: 4, datapoints: 3 } as const;

/**
 * Accounts that accept messages but refuse one of them every time; neither `wrong-key` nor `bad-signatures` sees that.
 */
export const repeatedRefusalAlarms = (own: OwnMetrics, accounts: readonly AccountName[]): AlarmSpec[] =>
  alarmsOfAccounts(own, accounts, {
    name: 'repeated-refusals',
    severity: 'ticket',
    runbook: 'refusals',
    says: 'For hours an account refuses something (400, 401, 403, 405, 413, 415): a provider may repeat a message that nobody reads.',
    metrics: { r: 'Refused' },
    isFailing: (at) => `IF(FILL(r${at}, 0) > 0, 1, 0)`,
    period: HOUR,
    label: 'accounts that refuse',
    ...FOR_HOURS,
  });

/**
 * 404 below a provider's addresses: no account of that name, or no such path. The gateway gives the other 404s itself.
 */
export function unknownAddressAlarms(own: OwnMetrics): AlarmSpec[] {
  return [
    {
      name: 'unknown-address',
      severity: 'ticket',
      runbook: 'refusals',
      says: 'For hours something comes to an address of a provider that leads to no account: a wrong one may be registered there.',
      metric: math(
        'answered 404',
        'FILL(account, 0) + FILL(path, 0)',
        {
          account: own.of('Refused', { period: HOUR }, { reason: 'unknown_account' }),
          path: own.of('Refused', { period: HOUR }, { reason: 'unknown_path' }),
        },
        HOUR,
      ),
      ...FOR_HOURS,
    },
  ];
}

/** CloudWatch looks back at most seven days. */
const MAX_SILENT_HOURS = 168;

export function silenceAlarms(own: OwnMetrics, expected: Config['expected']): AlarmSpec[] {
  return expected.map(({ provider, account, hours }) => ({
    name: `silence-${provider}-${account}`,
    severity: 'page',
    runbook: 'silence',
    says: `Nothing was accepted from ${provider} for "${account}" in ${hours} hours.`,
    // Alarms ring above a threshold, so an hour without an accepted notification counts as 1. FILL, because CloudWatch
    // would otherwise look further back for hours that have data instead of counting those without.
    metric: math(
      'silent hours',
      'IF(FILL(accepted, 0) > 0, 0, 1)',
      { accepted: own.of('Accepted', { period: HOUR }, { provider, account }) },
      HOUR,
    ),
    // The last hour has only begun.
    periods: Math.min(hours + 1, MAX_SILENT_HOURS),
    missingData: 'bad',
  }));
}
