/** What a widget of a dashboard shows, for whoever has never seen it: what it counts, in which unit, and what is good. */
import { defined } from '../../shared/payment/defined.ts';
import type { WidgetShown } from '../contract.ts';

type Unit = NonNullable<WidgetShown['unit']>;

/** By the title of the dashboard, without its unit. */
const SAYS: Readonly<Record<string, string>> = {
  Today:
    'Events of the last day, by the event that your shop received. Held and reversed: the fewer, the better.',
  Now: 'As the last look found it. Good: nothing stuck, and nothing held for longer than a day.',
  'Events to the merchant': 'New events to your shop, by their kind.',
  'Accepted, by account':
    'Notifications that were accepted. A line that falls to 0 at an hour that is usually busy: the provider may not reach you.',
  'Fulfilment lag':
    'From accepting a notification to your shop’s taking the event. Good: seconds. Minutes: your shop does not answer.',
  'Why payments are held':
    'Payments that were held, by reason. Good: none. Each waits for an answer in Holds.',
  'Accepted and not settled, by hour':
    'Good: 0. Above it: a notification was accepted and nothing has come of it. The last hour may still be on its way.',
  'Oldest effect that is not final':
    'How long the oldest event to your shop waits. Good: below a minute. It grows while your shop does not answer.',
  'Answers of providers, by outcome': 'What providers answered to polls of a payment.',
  'Payments that wait for an answer': 'Payments that are polled, and those that an answer has settled.',
  'Reconciled every night: missed, and ledgered now':
    'Good: 0. Payments that the provider lists and that were missing here; they are added now.',
  'Reconciled every night: unexplained, not finished': 'Good: 0. Above it: see Reconciliation.',
  'Shipping reports to Paymentwall, by outcome': 'What Paymentwall answered to reports of shipped goods.',
  'Authorized for days, and no shipping reported':
    'Good: 0. Above it: report what was shipped, or the payments end without money.',
  Alarms: 'Good: OK. An alarm leads to its runbook.',
  'Requests answered within 3 s and not with 5xx':
    'Share of requests in each hour. Good: at the line of the objective or above it.',
  'Events delivered within 30 s of the notification':
    'Share of events in each hour. Good: at the line of the objective or above it.',
  'Answer latency at the gateway':
    'Time until a provider has its answer. Good: far below the line; above it the provider gives up and sends again.',
  'Answer latency once the handler runs':
    '99 of 100 answers took no longer, without the start of the function. Good: far below 3 s.',
  'Answers by account and outcome': 'Accepted, refused, or failed at our side. Good: no failed.',
  'Verified by key':
    'Which of an account’s two keys fitted. After a change of keys the line of the new one takes over.',
  'Refused, by account and reason':
    'Refusals are answered 401 or another 4xx. Many at once: a wrong key, or somebody tries forgeries.',
  'Our own failures, by step, and 5xx':
    'Good: 0, but for the line of requests. Providers send again after a 5xx.',
  'Messages on the queues and dead-letter queues, and in work or backing off':
    'Good: near 0. A queue that grows: its worker fails or is too slow. Anything in a dead-letter queue (dlq): see Queues.',
  'Age of the oldest message received less than three times':
    'How long a message has waited. Good: seconds. Minutes: the worker does not keep up, or is paused.',
  'Errors of functions': 'Calls that failed. Good: 0.',
  'Throttles of functions': 'Calls that AWS refused because too many ran at once. Good: 0.',
  'Duration of workers': '99 of 100 runs took no longer.',
  'Concurrency of functions': 'How many of each ran at once.',
  'Table latency': '99 of 100 calls of the table took no longer. Good: below 100 ms.',
  'Throttles of tables and index': 'Calls that the table refused because too many came at once. Good: 0.',
  'Delivery retries, by reason':
    'Attempts that your shop did not take. They are repeated by themselves. Good: few.',
  'Parked, quarantined, redelivered, republished':
    'Messages that were parked or quarantined, conflicting duplicates, events that were sent once more, and reads of secrets that failed. Good: 0 but after an outage.',
  'Cold starts': 'Functions that had to be started first, and how long that took.',
};

/** "Answer latency at the gateway (ms)" → its title, its unit, and what it says. */
export function widgetText(written: string): Pick<WidgetShown, 'title' | 'says' | 'unit'> {
  const [, name = written, inside = ''] = /^(.*\S) \(([^()]+)\)$/.exec(written) ?? [];
  const unit = unitIn(inside);
  const says = SAYS[name];
  return {
    title: says === undefined && unit === undefined ? written : name,
    ...defined({ says, unit }),
  };
}

function unitIn(text: string): Unit | undefined {
  const [first = ''] = text.split(',');
  return first === 'ms' || first === 's' || first === '%' ? first : undefined;
}

const LABELS: Readonly<Record<string, string>> = {
  p50: 'half within',
  p99: '99 % within',
  'accepted - settled': 'accepted and not settled',
  'effects not final': 'events on their way',
  'oldest effect not final': 'oldest event on its way',
  'to fulfil': 'goods to give',
  'to take back': 'goods to take back',
};
/** The title of the widget already says what is measured. */
const MEASURED =
  / (?:ApproximateNumberOfMessagesVisible|ApproximateAgeOfOldestMessage|Errors|Throttles|Duration|ConcurrentExecutions)$/;

/** "payhooks-live-notifications Errors" → "notifications"; "held longest (s)" → its label and its unit */
export function seriesText(written: string): { readonly label: string; readonly unit?: Unit } {
  const own = written.replace(/^payhooks-(?:sandbox|live)[- ]/, '').replace(MEASURED, '');
  const [, name = own, inside = ''] = /^(.*\S) \(([^()]+)\)$/.exec(own) ?? [];
  const unit = unitIn(inside);
  const label = unit === undefined ? own : name;
  const known = LABELS[label] ?? label.replace(/, not visible$/, ', in work or waiting for a retry');
  return {
    // The name of a metric, "ConflictingDuplicates", where it has no label of its own.
    label: /^(?:[A-Z][a-z]+)+$/.test(known)
      ? spaced(known)
      : // An event keeps its name: payment.refund_updated
        known.includes('.')
        ? known
        : known.replaceAll('_', ' '),
    ...defined({ unit }),
  };
}

const spaced = (name: string): string => name.replaceAll(/\B([A-Z])/g, ' $1').toLowerCase();
