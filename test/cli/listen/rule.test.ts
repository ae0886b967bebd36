/**
 * The temporary rule of `payhooks listen --stack` ends without a command: its pattern names the minutes in which the
 * rule matches.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expiryIn, ruleDescription, ruleTerms } from '../../../cli/listen/rule.ts';
import { type BusEvent, EventRules } from '../../../local/aws/event-rules.ts';

const MINUTE = 60_000;
const moment = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2100-01-01') });

/** Whether a rule with this pattern forwards an event of that time. */
async function isForwarded(pattern: string, at: number, detailType = 'fulfil', source = 'payhooks') {
  const sent: string[] = [];
  const rules = new EventRules({ buses: ['b'], send: async (queue) => sent.push(queue) });
  rules.call('PutRule', { Name: 'r', EventBusName: 'b', EventPattern: pattern });
  rules.call('PutTargets', {
    ...{ Rule: 'r', EventBusName: 'b' },
    Targets: [{ Id: 't', Arn: 'arn:aws:sqs:us-east-1:000000000000:q' }],
  });
  const event: BusEvent = {
    ...{ id: '1', bus: 'b', source, detailType },
    time: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'),
    detail: { signature: { 'webhook-timestamp': String(Math.floor(at / 1_000)) } },
  };
  await rules.deliver(event);
  return sent.length === 1;
}

describe.each([true, false])('a rule of a bus whose events are signed: %s', (signed) => {
  it('the rule matches for 33 minutes, and matches nothing after its end, at most 50 minutes from now', async () => {
    await fc.assert(
      fc.asyncProperty(moment, fc.nat({ max: 33 * MINUTE }), async (now, after) => {
        const { pattern, expiresAt } = ruleTerms({ events: undefined, signed, now });
        expect(expiresAt - now).toBeLessThanOrEqual(50 * MINUTE);
        expect(expiresAt - now).toBeGreaterThan(33 * MINUTE);
        expect(await isForwarded(pattern, now + after)).toBe(true);
        expect(await isForwarded(pattern, now - 5 * MINUTE)).toBe(true);
        expect(await isForwarded(pattern, expiresAt - 1)).toBe(true);
        expect(await isForwarded(pattern, expiresAt + after)).toBe(false);
      }),
    );
  });

  it('the rule is renewed while more than 16 minutes are left', async () => {
    fc.assert(
      fc.property(moment, fc.nat({ max: 33 * MINUTE }), (now, after) => {
        const [first, later] = [now, now + after].map((at) =>
          ruleTerms({ events: undefined, signed, now: at }),
        );
        if (first?.block === later?.block) {
          expect((first?.expiresAt ?? 0) - now - after).toBeGreaterThan(16 * MINUTE);
        }
      }),
    );
  });

  it('the rule matches only events of Payhooks, and only the chosen types', async () => {
    const now = Date.parse('2026-11-29T14:05:33Z');
    const { pattern } = ruleTerms({ events: ['fulfil', 'payment.*'], signed, now });
    const types = ['fulfil', 'payment.paid', 'payment.held', 'revoke', 'fulfilled'];
    const forwarded = await Promise.all(types.map((type) => isForwarded(pattern, now, type)));
    expect(forwarded).toEqual([true, true, true, false, false]);
    expect(await isForwarded(pattern, now, 'fulfil', 'somebody')).toBe(false);
  });
});

describe('the description of a rule', () => {
  it('the description of a rule says its end, which expiryIn reads', () => {
    fc.assert(fc.property(moment, (at) => expiryIn(ruleDescription(at)) === at));
  });

  it.each([undefined, '', 'of the merchant', 'payhooks listen: temporary, matches nothing after noon'])(
    'expiryIn finds no end in another description: %s',
    (text) => {
      expect(expiryIn(text)).toBeUndefined();
    },
  );
});
