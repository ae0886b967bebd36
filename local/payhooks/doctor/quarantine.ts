import { quarantineCountKey } from '../../../shared/aws/keys.ts';
import { count } from '../output.ts';
import type { Area } from './finding.ts';

/** Authentic, answered OK, and not applied: the provider won't send it again by itself, so each may be a payment. */
export const quarantine: Area = {
  name: 'queues',
  async *examine({ connection: { config, store }, world }) {
    const today = new Date(world.now());
    const months = [0, 1].map((ago) =>
      new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - ago, 1)).toISOString().slice(0, 7),
    );
    const found: string[] = [];
    let kept = 0;
    for (const { provider, account } of config.accounts) {
      const scope = { provider, account };
      const rows = await Promise.all(months.map((month) => store.get(quarantineCountKey(scope, month))));
      const here = rows.reduce((sum, row) => sum + (row?.version ?? 0), 0);
      if (here > 0) found.push(`${provider}/${account} ${here}`);
      kept += here;
    }
    yield {
      check: 'quarantine',
      verdict: kept > 0 ? 'warn' : 'ok',
      detail: `${count(kept, 'notification')} kept aside since ${months[1]}${kept > 0 ? `: ${found.join(', ')}` : ''}`,
      ...(kept > 0 ? { next: 'docs/runbooks/quarantine.md' } : {}),
    };
  },
};
