/** Configurations with the greatest allowed number of accounts and all features. */
import { everything } from './everything.ts';

export const MOST = 134;
export const MOST_PER_PROVIDER = 60;
export const MOST_POLLED = 60;
export const MOST_PROBED = 60;
export const MOST_WITH_QUESTIONS = 12;
const page = 'https://shop.example/page';

export const numbered = (index: number) => `${'x'.repeat(29)}${String(index).padStart(3, '0')}`;
export const americas = (index: number, confirm: boolean) => ({
  ...{ provider: 'trustly-americas', account: numbered(index), expectedEveryHours: 24, confirm },
  checkout: { merchantId: '1', pages: { pending: page, confirmed: page, selection: page, declined: page } },
});
export const wall = (index: number, confirm: boolean) => ({
  ...{ provider: 'paymentwall', account: numbered(index), expectedEveryHours: 24, confirm },
  ...{ api: 'digital_goods', signatureVersion: 3 },
});
export const europe = (index: number, polling: boolean) => ({
  ...{ provider: 'trustly-europe', account: numbered(index), expectedEveryHours: 24 },
  ...(polling ? { withdrawals: true, decision: { url: longUrl(200) } } : {}),
});
export const longUrl = (length: number) => page + 'y'.repeat(length - page.length);

/**
 * This number of accounts, all with an alarm of silence, and with the greatest allowed numbers of polled accounts and
 * of accounts with questions.
 */
export function mostOf(count: number) {
  const more = Array.from({ length: count - everything.accounts.length }, (_, index) => {
    const nth = Math.floor(index / 3);
    if (index % 3 === 0) return europe(index, nth < MOST_WITH_QUESTIONS - 1);
    // `everything` has two polled accounts already.
    const isPolled = nth < (MOST_POLLED - 2) / 2;
    return index % 3 === 1 ? americas(index, isPolled) : wall(index, isPolled);
  });
  const accounts = [...everything.accounts, ...more];
  const signed = accounts.filter(({ provider }) => provider !== 'trustly-europe').length;
  return {
    ...everything,
    probe: signed <= MOST_PROBED,
    ...{ accounts, alarmEmail: 'somebody@shop.example', tags: { team: 'payments', cost: 'shop' } },
    ...{ publicUrl: 'https://hooks.shop.example', edgeHeader: 'require' },
    customDomain: {
      name: 'pay.shop.example',
      certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000000',
    },
  };
}
