/** CPU of one notification in the real intake handler, with queue and secrets in memory, and of RSA alone. */

import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { getHeapStatistics } from 'node:v8';
import type { ProviderName } from '../../shared/providers/index.ts';
import { benchOf, NOW } from '../fuzz/fuzz.ts';
import { rsaFromSeed } from '../fuzz/keys.ts';
import { targetOf } from '../fuzz/targets.ts';
import { toEvent } from '../fuzz/wire.ts';
import { type Figure, measured } from './statistics.ts';

const CALLS = 1_000;
/**
 * The first rounds are not counted. V8 compiles functions while they run: 508 in the first thousand notifications, 38
 * in the fifth, 15 in the sixth (`node --trace-opt`, 2026-11-30). A cold intake is measured by first-answer.ts.
 */
const WARM_UP_ROUNDS = 5;
const DIGEST_BAR_MICROSECONDS = 80;
const RSA_BAR_RATIO = 1.25;

/** Microseconds of CPU per call, of all threads. */
async function cpuOf(calls: number, work: (index: number) => unknown): Promise<number> {
  const from = process.cpuUsage();
  for (let index = 0; index < calls; index += 1) await work(index);
  const { user, system } = process.cpuUsage(from);
  return (user + system) / calls;
}

const SINGLE_CALLS = 400;

/**
 * KB that a call allocates on the heap, for single calls: a call with a garbage collection is left out or an outlier.
 */
async function allocatedBy(work: (index: number) => unknown): Promise<readonly number[]> {
  const kb: number[] = [];
  for (let index = 0; index < SINGLE_CALLS; index += 1) {
    const { used_heap_size: before } = getHeapStatistics();
    await work(index);
    const { used_heap_size: after } = getHeapStatistics();
    if (after > before) kb.push((after - before) / 1_000);
  }
  return kb;
}

/**
 * Sends the provider's genuine messages (the published vectors among them) in turn; throws when one is not accepted.
 */
function intakeOf(name: ProviderName): (index: number) => Promise<void> {
  const target = targetOf(name);
  const bench = benchOf(target);
  const events = target.corpus.map((message) => toEvent(message, NOW));
  return async (index) => {
    const event = events[index % events.length];
    if (event === undefined) throw new Error(`no genuine message of ${name}`);
    const { statusCode } = await bench.handle(event);
    if (statusCode !== 200) throw new Error(`a genuine message of ${name} was answered ${statusCode}`);
    // `drain` would parse the messages, which is work of the worker.
    bench.queue.sent.length = 0;
    bench.lines.length = 0;
  };
}

/** The least work for an answer to Trustly Europe: one RSA verification and one signature, 2,048 bits. */
function rsaAlone(): () => void {
  const pair = rsaFromSeed(1);
  const [privateKey, publicKey] = [createPrivateKey(pair.privateKey), createPublicKey(pair.publicKey)];
  const text = Buffer.alloc(400, 'x');
  const signature = sign('sha1', text, privateKey);
  return () => {
    if (!verify('sha1', text, publicKey, signature)) throw new Error('RSA does not verify');
    sign('sha1', text, privateKey);
  };
}

/** @param rounds number of counted rounds, each with a thousand notifications per provider */
export async function measureCpu(rounds: number): Promise<Figure[]> {
  const digests = ['trustly-americas', 'paymentwall'] as const;
  const [americas, paymentwall] = [intakeOf('trustly-americas'), intakeOf('paymentwall')];
  const [europe, alone] = [intakeOf('trustly-europe'), rsaAlone()];
  const times = { americas: [] as number[], paymentwall: [] as number[], europe: [] as number[] };
  const ratios: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round += 1) {
    const measured = {
      americas: await cpuOf(CALLS, americas),
      paymentwall: await cpuOf(CALLS, paymentwall),
      europe: await cpuOf(CALLS, europe),
      alone: await cpuOf(CALLS, alone),
    };
    if (round < WARM_UP_ROUNDS) continue;
    times.americas.push(measured.americas);
    times.paymentwall.push(measured.paymentwall);
    times.europe.push(measured.europe);
    ratios.push(measured.europe / measured.alone);
  }
  return [
    {
      what: 'notifications of each provider before those counted',
      value: WARM_UP_ROUNDS * CALLS,
      unit: 'count',
    },
    ...digests.map((name, index): Figure => {
      const taken = index === 0 ? times.americas : times.paymentwall;
      return measured(`intake of ${name}`, 'µs CPU', taken, DIGEST_BAR_MICROSECONDS);
    }),
    measured('intake of trustly-europe', 'µs CPU', times.europe),
    measured('intake of trustly-americas allocates', 'KB', await allocatedBy(americas)),
    measured('intake of paymentwall allocates', 'KB', await allocatedBy(paymentwall)),
    measured('intake of trustly-europe allocates', 'KB', await allocatedBy(europe)),
    measured('intake of trustly-europe, against RSA alone', 'ratio', ratios, RSA_BAR_RATIO),
  ];
}
