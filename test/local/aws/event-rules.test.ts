/** The rules of a local event bus: the events that they forward, their targets, and the rules that are refused. */
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

describe('an event on the local event bus', () => {
  it.each<[string, Json, boolean]>([
    ['of the source payhooks', { source: ['payhooks'] }, true],
    ['of a listed type', { 'detail-type': ['fulfil', 'payment.paid'] }, true],
    ['of a type that is not listed', { 'detail-type': ['fulfil'] }, false],
    ['whose type has the prefix', { 'detail-type': [{ prefix: 'payment.' }] }, true],
    ['whose type has another prefix', { 'detail-type': [{ prefix: 'payout.' }] }, false],
    ['whose detail has the member', { detail: { order: { reference: [{ prefix: 'o-' }] } } }, true],
    ['whose detail lacks the member', { detail: { refund: { id: [{ prefix: '' }] } } }, false],
    ['that meets only one condition of two', { source: ['payhooks'], 'detail-type': ['fulfil'] }, false],
  ])('an event %s: a rule with the pattern %j forwards the event: %s', async (_, pattern, isSent) => {
    const { rules, sent } = busWith(pattern);
    await rules.deliver(event);
    expect(sent.map(({ queue }) => queue)).toEqual(isSent ? ['q'] : []);
  });

  it('a target gets an event in the form of EventBridge, also when another target of the rule is missing', async () => {
    const { rules, sent } = busWith({ source: ['payhooks'] });
    await rules.deliver(event);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      ...{ version: '0', id: '1', source: 'payhooks', 'detail-type': 'payment.paid', resources: [] },
      ...{ account: '000000000000', region: 'us-east-1', time: event.time, detail: event.detail },
    });
  });

  it('a rule forwards no event of another bus, and no event while the rule is disabled', async () => {
    const { rules, sent } = busWith({ source: ['payhooks'] });
    await rules.deliver({ ...event, bus: 'default' });
    const disabled = busWith({ source: ['payhooks'] }, { State: 'DISABLED' });
    await disabled.rules.deliver(event);
    expect([...sent, ...disabled.sent]).toEqual([]);
  });
});

describe('a rule of the local event bus', () => {
  it('a second PutRule changes the pattern of a rule and keeps its targets', async () => {
    const { rules, sent, rule } = busWith({ source: ['nobody'] });
    rules.call('PutRule', { ...rule, EventPattern: '{"source":["payhooks"]}' });
    await rules.deliver(event);
    expect(sent).toHaveLength(1);
  });

  it('ListRules finds a rule by the start of its name, and DeleteRule refuses a rule with targets', () => {
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
  ])('PutRule refuses the pattern %j, which the local event bus does not support', (pattern) => {
    expect(() => busWith(pattern)).toThrow(AwsError);
  });

  it('PutRule refuses a rule on an event bus that is not in the template', () => {
    expect(() => busWith({}, { EventBusName: 'other' })).toThrow('Event bus other does not exist');
  });

  it('the rules answer nothing to an operation of another part, such as PutEvents', () => {
    expect(busWith({}).rules.call('PutEvents', {})).toBeUndefined();
  });
});
