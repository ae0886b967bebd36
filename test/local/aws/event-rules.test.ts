/** The rules of a local event bus: which events they hand on, to whom, and what is refused. */
import { describe, expect, it } from 'vitest';
import { type BusEvent, EventRules } from '../../../local/aws/event-rules.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import type { Json } from '../../../local/template/resolve.ts';

const event: BusEvent = {
  ...{ id: '1', bus: 'shop', source: 'payhooks', detailType: 'payment.paid' },
  ...{ time: '2026-11-30T10:00:00Z', detail: { provider: 'paymentwall', order: { reference: 'o-1' } } },
};
const arnOf = (queue: string) => `arn:aws:sqs:us-east-1:000000000000:${queue}`;

function busWith(pattern: Json, more: Readonly<Record<string, Json>> = {}) {
  const sent: { readonly queue: string; readonly body: string }[] = [];
  const rules = new EventRules({
    buses: ['shop'],
    send: async (queue, body) => {
      if (queue === 'missing') throw new AwsError('AWS.SimpleQueueService.NonExistentQueue', 'no queue');
      sent.push({ queue, body });
    },
  });
  const rule = { Name: 'r', EventBusName: 'shop' };
  rules.call('PutRule', { ...rule, EventPattern: JSON.stringify(pattern), ...more });
  rules.call('PutTargets', {
    ...{ Rule: 'r', EventBusName: 'shop' },
    Targets: ['missing', 'q'].map((queue) => ({ Id: queue, Arn: arnOf(queue) })),
  });
  return { rules, sent, rule };
}

describe('an event', () => {
  it.each<[string, Json, boolean]>([
    ['of the source', { source: ['payhooks'] }, true],
    ['of one of two types', { 'detail-type': ['fulfil', 'payment.paid'] }, true],
    ['of another type', { 'detail-type': ['fulfil'] }, false],
    ['whose type begins like that', { 'detail-type': [{ prefix: 'payment.' }] }, true],
    ['whose type does not', { 'detail-type': [{ prefix: 'payout.' }] }, false],
    ['with that member inside', { detail: { order: { reference: [{ prefix: 'o-' }] } } }, true],
    ['without it', { detail: { refund: { id: [{ prefix: '' }] } } }, false],
    ['that meets one condition of two', { source: ['payhooks'], 'detail-type': ['fulfil'] }, false],
  ])('%s: a rule with the pattern %j hands it on: %s', async (_, pattern, isSent) => {
    const { rules, sent } = busWith(pattern);
    await rules.deliver(event);
    expect(sent.map(({ queue }) => queue)).toEqual(isSent ? ['q'] : []);
  });

  it('arrives in the form of EventBridge, also when another target of the rule is gone', async () => {
    const { rules, sent } = busWith({ source: ['payhooks'] });
    await rules.deliver(event);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      ...{ version: '0', id: '1', source: 'payhooks', 'detail-type': 'payment.paid', resources: [] },
      ...{ account: '000000000000', region: 'us-east-1', time: event.time, detail: event.detail },
    });
  });

  it('of another bus, or while the rule is disabled, is not handed on', async () => {
    const { rules, sent } = busWith({ source: ['payhooks'] });
    await rules.deliver({ ...event, bus: 'default' });
    const disabled = busWith({ source: ['payhooks'] }, { State: 'DISABLED' });
    await disabled.rules.deliver(event);
    expect([...sent, ...disabled.sent]).toEqual([]);
  });
});

describe('a rule', () => {
  it('that is put again keeps its targets', async () => {
    const { rules, sent, rule } = busWith({ source: ['nobody'] });
    rules.call('PutRule', { ...rule, EventPattern: '{"source":["payhooks"]}' });
    await rules.deliver(event);
    expect(sent).toHaveLength(1);
  });

  it('is listed by the beginning of its name, and deleted once it has no targets', () => {
    const { rules } = busWith({ source: ['payhooks'] });
    const of = { EventBusName: 'shop' };
    const listed = (NamePrefix: string) => rules.call('ListRules', { ...of, NamePrefix });
    expect(listed('r')).toMatchObject({ Rules: [{ Name: 'r', State: 'ENABLED' }] });
    expect(listed('s')).toEqual({ Rules: [] });
    expect(() => rules.call('DeleteRule', { ...of, Name: 'r' })).toThrow('since it has targets');
    rules.call('RemoveTargets', { ...of, Rule: 'r', Ids: ['q', 'missing'] });
    expect(rules.call('ListTargetsByRule', { ...of, Rule: 'r' })).toEqual({ Targets: [] });
    rules.call('DeleteRule', { ...of, Name: 'r' });
    expect(() => rules.call('DeleteRule', { ...of, Name: 'r' })).toThrow('does not exist');
  });

  it.each<[Json]>([
    [{ source: [{ 'anything-but': 'x' }] }],
    [{ detail: { amount: [{ numeric: ['>', 1] }] } }],
  ])('with the pattern %j, which is not supported here, is refused', (pattern) => {
    expect(() => busWith(pattern)).toThrow(AwsError);
  });

  it('of a bus that the template does not have is refused', () => {
    expect(() => busWith({}, { EventBusName: 'other' })).toThrow('Event bus other does not exist');
  });

  it('has no part in other operations', () => {
    expect(busWith({}).rules.call('PutEvents', {})).toBeUndefined();
  });
});
