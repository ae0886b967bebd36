import { count } from '../output.ts';
import { accountName, quarantined, waiting } from '../quarantined.ts';
import type { Area } from './finding.ts';

/** Authentic, answered OK, and not applied: the provider does not send it again, so each may be a payment. */
export const quarantine: Area = {
  name: 'queues',
  async *examine({ connection }) {
    const kept = waiting(await quarantined(connection));
    const names = kept.map(accountName);
    const here = (name: string): number => names.filter((each) => each === name).length;
    const where = [...new Set(names)].map((name) => `${name} ${here(name)}`).join(', ');
    yield {
      check: 'quarantine',
      verdict: kept.length > 0 ? 'warn' : 'ok',
      detail: `${count(kept.length, 'notification')} kept aside and not applied${where === '' ? '' : `: ${where}`}`,
      ...(kept.length > 0 ? { next: `payhooks quarantine list ${connection.selector}`.trimEnd() } : {}),
    };
  },
};
