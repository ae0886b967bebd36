/** The event source of each worker, and the schedule of each scheduled function. */
import { describe, expect, it } from 'vitest';
import { fields, idOf, list, ofType, type Resource, templateOf } from '../support.ts';

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

describe('the event sources of workers and schedules', () => {
  it('an event source reports failures per message and limits concurrency, without reserved concurrency', () => {
    for (const { Properties } of all('AWS::Lambda::EventSourceMapping')) {
      expect(Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      expect(Number(fields(Properties.ScalingConfig).MaximumConcurrency)).toBeGreaterThanOrEqual(2);
    }
    for (const { Properties } of all('AWS::Lambda::Function')) {
      expect(Properties.ReservedConcurrentExecutions).toBeUndefined();
    }
  });

  it('each queue is the event source of its worker', () => {
    const pairs = all('AWS::Lambda::EventSourceMapping').map(({ Properties }) => [
      template.Resources[idOf(Properties.EventSourceArn)]?.Properties.QueueName,
      template.Resources[idOf(Properties.FunctionName)]?.Properties.FunctionName,
    ]);
    expect(pairs).toEqual([
      ['payhooks-sandbox-notifications', 'payhooks-sandbox-transition-worker'],
      ['payhooks-sandbox-fulfilment', 'payhooks-sandbox-fulfilment-worker'],
    ]);
  });

  it('the sweeper runs every minute, and the probe every five minutes', () => {
    const rules = all('AWS::Events::Rule').filter(
      ({ Properties }) => Properties.ScheduleExpression !== undefined,
    );
    const woken = rules.map(({ Properties }) => {
      expect(Properties.State).toBe('ENABLED');
      const target = list(Properties.Targets)[0];
      const { FunctionName } = template.Resources[idOf(target?.Arn)]?.Properties ?? {};
      return [FunctionName, Properties.ScheduleExpression];
    });
    expect(Object.fromEntries(woken)).toEqual({
      'payhooks-sandbox-sweeper': 'rate(1 minute)',
      'payhooks-sandbox-probe': 'rate(5 minutes)',
    });
  });
});
