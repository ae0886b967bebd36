/** The flow of notifications, with the counts at each step. */
import { expect, it } from 'vitest';
import type { FlowView } from '../../../console/contract.ts';
import { consoleBench } from '../console-bench.ts';

it('the flow of a notification counts a held payment as bad, and its edges join known nodes', async () => {
  const bench = consoleBench({ policy: { unknownOrder: 'hold' } });
  await bench.apply(bench.envelope({ reference: 'order-1' }));
  const { nodes, edges } = await bench.view<FlowView>('flow');
  const known = new Set(nodes.map(({ name }) => name));
  for (const { from, to } of edges) expect(known.has(from) && known.has(to), `${from} ${to}`).toBe(true);
  const held = nodes.find(({ name }) => name === 'holds')?.counts;
  expect(held).toMatchObject([{ value: 1, when: 'now', tone: 'bad', view: 'holds' }]);
});
