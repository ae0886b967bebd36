/**
 * The providers' APIs, which know the true state of each payment, and the confirmer, which polls the APIs. An API may
 * be slow, down, throttled or garbled until the faults end. Some payments have another amount than ordered.
 */

import type { FakeApi } from '../../local/demo/fakes/fake.ts';
import { FakePaymentwall } from '../../local/demo/fakes/paymentwall.ts';
import { FakeTrustlyAmericas } from '../../local/demo/fakes/trustly-americas.ts';
import { confirmDue } from '../../shared/app/schedules/confirm.ts';
import type { ProviderClient } from '../../shared/app/schedules/provider-client.ts';
import { providerApis } from '../../shared/providers/apis.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import { ACCESS, PAYMENTWALL, SECRETS } from './accounts.ts';
import { DAY, MINUTE, SECOND, START_MS } from './constants.ts';
import type { PlannedPayment } from './plans.ts';
import type { Seam } from './variant.ts';
import type { Planned } from './wire.ts';
import type { World } from './world.ts';

const RUN_MS = 55 * SECOND;
const API_TIMEOUT_MS = 10 * SECOND;
const FAULTS = [
  ...(['works', 'works', 'works'] as const),
  ...(['failing', 'throttled', 'garbled', 'down'] as const),
];

export class ProviderApis {
  /** The true amount of each payment, by provider and id. */
  readonly worth = new Map<string, string>();
  readonly #world: World;
  readonly #americas: FakeTrustlyAmericas;
  readonly #paymentwall: FakePaymentwall;
  readonly #recorded = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    const { engine } = world;
    const { random } = engine;
    this.#americas = new FakeTrustlyAmericas(
      () => engine.now,
      (id, key) =>
        Object.values(ACCESS).some(({ accessId, accessKey }) => accessId === id && accessKey === key),
    );
    this.#americas.shape = random.pick(['wrapped', 'bare']);
    this.#paymentwall = new FakePaymentwall(
      () => PAYMENTWALL[world.environments.phase === 'new' ? 'new' : 'old'].secretKey,
      () => true,
    );
    for (const api of [this.#americas, this.#paymentwall]) {
      const fault = random.pick(FAULTS);
      if (fault !== 'works') api.fault = fault;
    }
    for (const { provider, id, worth } of world.payments) {
      this.worth.set(`${provider} ${id}`, worth ?? (random.chance(0.8) ? '100.00' : '90.00'));
    }
  }

  /** Tells the provider's API that a genuine message was sent: its content and all earlier content are true. */
  recordSent({ provider, id, history }: PlannedPayment, message: Planned): void {
    if (provider === 'trustly-europe' || message.kind !== 'genuine') return;
    const upTo = history.indexOf(message) + 1;
    const amount = this.worth.get(`${provider} ${id}`) ?? '100.00';
    for (const { name, kind, fields, worth = amount } of history.slice(0, upTo)) {
      if (kind !== 'genuine' || this.#recorded.has(name)) continue;
      this.#recorded.add(name);
      const reported = { amount: worth, currency: 'EUR' };
      if (provider === 'paymentwall') {
        this.#paymentwall.did({ id, ...reported });
        this.#paymentwall.accepted(fields);
      } else {
        this.#americas.did({ transactionId: fields.objectId ?? id, ...reported });
        this.#americas.accepted(fields);
      }
    }
  }

  endFaults(): void {
    this.#americas.fault = undefined;
    this.#paymentwall.fault = undefined;
  }

  start(): void {
    this.#runWhenDue();
  }

  /** Runs every five minutes while a payment is due; a run without a due payment is skipped. */
  #runWhenDue(): void {
    const { engine, table } = this.#world;
    const due = [...table.rows.values()].flatMap(({ openShard, openAt }) =>
      openShard?.startsWith('confirm') === true && openAt !== undefined ? [Date.parse(openAt)] : [],
    );
    if (due.some((at) => at <= engine.now)) this.#run();
    const storyEndsAt = START_MS + DAY;
    const next =
      due.length > 0 ? Math.max(engine.now + 5 * MINUTE, Math.min(...due)) : engine.now + 30 * MINUTE;
    if (next < START_MS + 13 * DAY && (due.length > 0 || engine.now < storyEndsAt)) {
      engine.at(next, () => this.#runWhenDue());
    }
  }

  #run(): void {
    const world = this.#world;
    const seam = world.seam('confirmer', RUN_MS);
    const endsAt = world.engine.now + RUN_MS;
    const client = this.#client(seam);
    confirmDue(
      {
        ...world.shared(seam),
        store: world.store(seam),
        notifications: world.queue(world.notifications, seam),
        client: world.variant.client?.(client, seam) ?? client,
      },
      () => endsAt - world.engine.now,
    ).catch(() => {});
  }

  /** A client with the real requests and answers (shared/providers) over a modelled transport. */
  #client({ invocation }: Seam): ProviderClient {
    const { engine, environments } = this.#world;
    const noAnswer = () => new Error('no answer');
    return {
      poll: async (account, poll) => {
        const api = providerApis[account.provider];
        const secret = SECRETS[account.provider](environments.phase);
        const request = api?.pollRequest(
          poll,
          account,
          api.parseCredentials(secret, account),
          'https://api.invalid',
        );
        if (api === undefined || request === undefined) return { type: 'unsupported' };
        const { method, url, headers, body = '' } = request;
        const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
        const sent = { method, url: new URL(url), headers: Object.fromEntries(lower), body };
        try {
          const answer = await engine.call(
            invocation,
            'poll',
            () => this.#api(account.provider)?.answer(sent),
            { refused: noAnswer, lost: noAnswer, timeoutMs: API_TIMEOUT_MS },
          );
          const outcome = answer === undefined ? undefined : api.read(answer);
          engine.count(`provider's API: ${outcome?.type ?? 'no answer'}`);
          return outcome ?? { type: 'unavailable', reason: 'network' };
        } catch {
          return { type: 'unavailable', reason: 'network' };
        }
      },
      list: async () => ({ type: 'unsupported' }),
      deliver: async () => ({ type: 'unsupported' }),
    };
  }

  #api(provider: ProviderName): FakeApi | undefined {
    if (provider === 'trustly-americas') return this.#americas;
    return provider === 'paymentwall' ? this.#paymentwall : undefined;
  }
}
