/** The time until the warm stack on this computer answers a provider, with one request at a time. */

import { sampleRequest } from '../../local/demo/samples.ts';
import { demoConfig } from '../../local/project.ts';
import { startLocalStack } from '../../local/stack.ts';
import { type Figure, measured, percentile } from './statistics.ts';

const WARM_UP = 20;
const BAR_MS = 150;

export async function measureLatency(requests: number): Promise<Figure[]> {
  const stack = await startLocalStack({ config: demoConfig() });
  try {
    const figures: Figure[] = [];
    for (const account of stack.accounts.filter((each, index, all) => {
      return all.findIndex(({ provider }) => provider === each.provider) === index;
    })) {
      const times: number[] = [];
      for (let count = 0; count < WARM_UP + requests; count += 1) {
        const sample = sampleRequest(account);
        if (sample === undefined) throw new Error(`no demo key to sign for ${account.provider}`);
        const { url, method, headers, body } = sample;
        const from = performance.now();
        const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
        await answer.arrayBuffer();
        const took = performance.now() - from;
        if (answer.status !== 200) throw new Error(`${account.provider} was answered ${answer.status}`);
        if (count >= WARM_UP) times.push(took);
      }
      const what = `answer to ${account.provider}`;
      figures.push(measured(`${what}, median`, 'ms', times), {
        what: `${what}, p99`,
        value: percentile(times, 0.99),
        unit: 'ms',
        bar: BAR_MS,
      });
    }
    return figures;
  } finally {
    await stack.stop();
  }
}
