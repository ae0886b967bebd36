/** Operators on real engines: several operators at one hold or effect, and the scan of the whole table. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Engine } from '../../local/aws/engines/dynamodb.ts';
import { rejectHold, releaseHold } from '../../shared/app/operator/holds.ts';
import { importProcessedIds } from '../../shared/app/operator/import.ts';
import { redeliver } from '../../shared/app/operator/redeliver.ts';
import { rederive } from '../../shared/app/operator/rederive.ts';
import { listHolds, showPayment } from '../../shared/app/operator/views.ts';
import { jitteredPause } from '../../shared/app/table/attempts.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { scannedPayments } from '../../shared/aws/payment-scan.ts';
import { describeOnEngines } from '../support/engines.ts';
import { createMainTable, engineClient } from '../support/table.ts';
import { type Bench, workerBench } from '../support/worker-bench.ts';

const operatorNote = { by: 'ada', note: 'looked at it' };
const PAYMENT = 'paymentwall:toy:p1';

describeOnEngines('operators', (start) => {
  let engine: Engine;
  let client: DynamoDBClient;
  let table = '';
  let tables = 0;
  beforeAll(async () => {
    engine = await start();
    client = engineClient(engine.endpoint);
  });
  afterAll(async () => {
    client?.destroy();
    await engine?.stop();
  });
  beforeEach(async () => {
    table = `operate-${++tables}`;
    await createMainTable(client, table);
  });

  function bench(unknownOrder: 'hold' | 'trust'): Bench {
    const made = workerBench({ store: dynamoStore({ client, table }), policy: { unknownOrder } });
    return { ...made, deps: { ...made.deps, pause: jitteredPause } };
  }

  it('six operators release and reject one hold at once: one operator decision counts, three are refused', async () => {
    const { deps, apply, envelope, deliverAll, target } = bench('hold');
    await apply(envelope());
    const [held] = (await listHolds(deps.store)).held;
    const hold = { payment: PAYMENT, reason: '', digest: '', ...held?.holds[0] };
    const answers = await Promise.allSettled(
      Array.from({ length: 6 }, (_, n) =>
        (n % 2 === 0 ? releaseHold : rejectHold)({ ...hold, ...operatorNote, by: `operator ${n}` }, deps),
      ),
    );
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(3);
    for (const each of refused) {
      expect(String((each as PromiseRejectedResult).reason)).toMatch(/already answered with/);
    }
    const view = await showPayment(deps.store, PAYMENT);
    expect(view?.payment.decisions).toHaveLength(1);
    const [{ verdict } = { verdict: undefined }] = view?.payment.decisions ?? [];
    await deliverAll();
    expect(target.types.filter((type) => type === 'fulfil')).toHaveLength(verdict === 'release' ? 1 : 0);
    expect(target.types.filter((type) => type === 'payment.rejected')).toHaveLength(
      verdict === 'reject' ? 1 : 0,
    );
  });

  it('four operators redeliver one effect at once: the effect is delivered again once', async () => {
    const { deps, apply, envelope, deliverAll, target } = bench('trust');
    await apply(envelope());
    await deliverAll();
    await Promise.all(Array.from({ length: 4 }, () => redeliver(`${PAYMENT}#1#fulfil`, operatorNote, deps)));
    await deliverAll();
    expect(target.types.filter((type) => type === 'fulfil')).toHaveLength(2);
    const view = await showPayment(deps.store, PAYMENT);
    expect(view?.timeline.filter(({ what }) => what === 'redeliver')).toHaveLength(1);
  });

  it('the walk over the table reads every payment once, and rederive changes no fresh payment', async () => {
    const { deps, apply, envelope, deliverAll } = bench('trust');
    const ids = Array.from({ length: 12 }, (_, n) => `p${n}`);
    for (const id of ids) await apply(envelope({ key: id, payment: id }));
    await deliverAll();
    const imported = { ...deps, notifications: deps.fulfilment };
    await importProcessedIds([{ provider: 'paymentwall', account: 'toy', key: 'x/0' }], imported);
    const seen: string[] = [];
    const pages = scannedPayments({ client, table });
    let after: string | undefined;
    do {
      const page = await pages(after, 5);
      seen.push(...page.payments);
      after = page.next;
      expect(page.payments.length).toBeLessThanOrEqual(5);
    } while (after !== undefined);
    expect(seen.sort()).toEqual(ids.map((id) => `paymentwall:toy:${id}`).sort());
    const found = await rederive(pages, { ...operatorNote, dryRun: true, limit: 100 }, deps);
    expect(found).toEqual({ examined: 12, changed: [], notable: [], skipped: [] });
  });
});
