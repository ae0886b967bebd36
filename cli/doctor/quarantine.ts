import { accountName, commandFor } from '../names.ts';
import { count } from '../output.ts';
import { quarantined, waiting } from '../quarantined.ts';
import { type Area, finding } from './finding.ts';

/** Authentic, answered OK, and not applied: the provider does not send it again, so each may be a payment. */
export const quarantine: Area = {
  name: 'queues',
  async *examine({ connection }) {
    const kept = waiting(await quarantined(connection));
    const byAccount = Map.groupBy(kept, ({ account }) => accountName(account));
    const where = [...byAccount].map(([name, its]) => `${name} ${its.length}`).join(', ');
    const detail = `${count(kept.length, 'notification')} in quarantine and not applied${where === '' ? '' : `: ${where}`}`;
    const next = commandFor(connection, 'quarantine list');
    yield finding('quarantine', kept.length > 0 ? 'warn' : 'ok', detail, next);
  },
};
