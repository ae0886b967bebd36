/** Evidence about a person's identity (kyc) expires after 30 days. Evidence about money stays for evidenceDays. */
import { expect, it } from 'vitest';
import { KYC_EVIDENCE_DAYS } from '../../shared/providers/trustly-europe/retention.ts';
import { SAMPLES } from '../providers/trustly-europe/support.ts';
import { pollingBench, START } from '../support/polling-bench.ts';

const message = (method: string, data: object): string =>
  JSON.stringify({
    ...{ method, version: '1.1' },
    params: { signature: 'c2ln', uuid: '258a2184-2842-b485-25ca-293525152425', data },
  });
const IDS = { kyc: '9000000001', credit: '9000000002' } as const;
const DAY_SECONDS = 86_400;

it.each([
  [400, 30],
  [20, 20],
])(
  'evidence of kyc expires after 30 days, never later than evidenceDays: with evidenceDays %i after %i days',
  async (evidenceDays, kyc) => {
    expect(KYC_EVIDENCE_DAYS).toBe(30);
    const bench = pollingBench({ evidenceDays });
    for (const method of ['kyc', 'credit'] as const)
      await bench.arrive(
        'trustly-europe',
        message(method, { ...SAMPLES[method], notificationid: IDS[method] }),
      );
    const days = Object.fromEntries(
      bench.store
        .all()
        .filter(({ sk }) => sk.startsWith('evidence#'))
        .map(({ data, expiresAt = 0 }) => [
          (data as { toldKey: string }).toldKey,
          (expiresAt - START / 1_000) / DAY_SECONDS,
        ]),
    );
    expect(days).toEqual({ [IDS.kyc]: kyc, [IDS.credit]: evidenceDays });
  },
);

it.each([
  ['in plain letters', 'kyc'],
  ['with an escaped letter', 'k\\u0079c'],
])(
  'an unreadable kyc in quarantine expires after 30 days, a credit after 400, its name written %s',
  async (_, spelling) => {
    const bench = pollingBench();
    for (const method of ['kyc', 'credit'] as const) {
      // orderid must be a text: the notification is signed but unreadable.
      const unreadable = { ...SAMPLES[method], notificationid: IDS[method], orderid: {} };
      const text = message(method, unreadable).replace('"kyc"', `"${spelling}"`);
      await bench.arrive('trustly-europe', text);
    }
    const rows = bench.store
      .all()
      .filter(({ pk, sk }) => pk.startsWith('quarantine#') && !sk.startsWith('count#'));
    const days = rows.map(({ expiresAt = 0 }) => (expiresAt - START / 1_000) / DAY_SECONDS);
    expect(days.sort()).toEqual([30, 400]);
  },
);
