/** The path of a notification, with what is on it now. */
import { listQuarantine } from '../../cli/commands/quarantine-list.ts';
import type { Answered } from '../../cli/requests/answers.ts';
import { listHolds } from '../../shared/app/operator/views.ts';
import type { FlowNode, FlowView, QueuesView } from '../contract.ts';
import type { Backend } from './backend.ts';
import { isReal } from './requests.ts';
import { queuesView, undeliveredNow } from './work.ts';

const HOUR_MS = 3_600_000;
const MOST = 1_000;

const EDGES: FlowView['edges'] = [
  { from: 'provider', to: 'intake' },
  { from: 'intake', to: 'refused', label: 'not verified' },
  { from: 'intake', to: 'queue', label: 'accepted' },
  { from: 'queue', to: 'worker' },
  { from: 'queue', to: 'dead-letters', label: 'failed too often' },
  { from: 'worker', to: 'quarantine', label: 'not readable' },
  { from: 'worker', to: 'holds', label: 'doubtful' },
  { from: 'worker', to: 'outbox', label: 'decided' },
  { from: 'outbox', to: 'fulfilment' },
  { from: 'fulfilment', to: 'shop' },
];

type Count = FlowNode['counts'][number];
const since = (label: string, value: number, more: Partial<Count> = {}): Count => ({
  ...{ label, value, when: 'since' },
  ...more,
});
const now = (label: string, value: number, more: Partial<Count> = {}): Count => ({
  ...{ label, value, when: 'now' },
  ...more,
});
const node = (name: FlowNode['name'], title: string, ...counts: Count[]): FlowNode => ({
  ...{ name, title, counts },
});
type Queue = QueuesView['queues'][number] | undefined;
const inQueue = (queue: Queue): Count =>
  now('waiting', (queue?.visible ?? 0) + (queue?.delayed ?? 0), { view: 'queues' });
const inFlight = (queue: Queue): Count =>
  now('being worked on or retried', queue?.inFlight ?? 0, { view: 'queues' });
/** A bad tone if the count is not zero. */
const alarm = (value: number): Partial<Count> => (value > 0 ? { tone: 'bad' } : {});
/** What waits for an operator now. */
const stuck = (label: string, value: number, view: string): Count =>
  now(label, value, { ...alarm(value), view });

export async function flowView(backend: Backend): Promise<FlowView> {
  const { store } = backend.connection;
  const from = backend.now() - HOUR_MS;
  const [answers, { queues }, holds, kept, { undelivered, onTheirWay }] = await Promise.all([
    backend.answers(from),
    queuesView(backend),
    listHolds(store, MOST),
    backend.quarantined(),
    undeliveredNow(backend),
  ]);
  const quarantine = listQuarantine(kept, { all: false, limit: MOST });
  const [notifications, fulfilment] = queues;
  const received = backend.local?.received().filter(({ receivedAt }) => Date.parse(receivedAt) >= from);
  const dead = (notifications?.deadLetters ?? 0) + (fulfilment?.deadLetters ?? 0);
  const parked = (notifications?.parked ?? 0) + (fulfilment?.parked ?? 0);
  return {
    since: new Date(from).toISOString(),
    nodes: [
      ...requestNodes(answers.filter((answered) => answered.at >= from && isReal(answered))),
      node('queue', 'Queue', inQueue(notifications)),
      node('worker', 'Worker', inFlight(notifications)),
      node(
        'dead-letters',
        'Dead letters',
        stuck(dead === 1 ? 'dead letter' : 'dead letters', dead, 'dead-letters'),
        stuck('parked', parked, 'dead-letters'),
      ),
      node('quarantine', 'Quarantine', stuck('quarantined', quarantine.messages.length, 'quarantine')),
      node('holds', 'Held', stuck('held', holds.held.length, 'holds')),
      node(
        'outbox',
        'Outbox',
        // Disjoint, because the navigation adds them.
        now('on its way', onTheirWay, { view: 'undelivered' }),
        stuck('late or given up', undelivered.length, 'undelivered'),
      ),
      node('fulfilment', 'Fulfilment', inQueue(fulfilment), inFlight(fulfilment)),
      node(
        'shop',
        'Shop',
        ...(received === undefined
          ? []
          : [since('received', received.length, { tone: 'good', view: 'fulfilments' })]),
      ),
    ],
    edges: EDGES,
  };
}

/** The requests, and how they were answered. */
function requestNodes(recent: readonly Answered[]): readonly FlowNode[] {
  const answered = (digit: string) => recent.filter(({ status }) => status.startsWith(digit)).length;
  const [accepted, refused, failed] = [answered('2'), answered('4'), answered('5')];
  return [
    node(
      'provider',
      'Providers',
      since(recent.length === 1 ? 'request' : 'requests', recent.length, { view: 'requests?since=1h' }),
    ),
    node(
      'intake',
      'Intake',
      since('accepted', accepted, { tone: 'good', view: 'requests?status=2xx&since=1h' }),
      since('failed at our side', failed, { ...alarm(failed), view: 'requests?status=5xx&since=1h' }),
    ),
    node(
      'refused',
      'Refused',
      since('refused', refused, {
        ...(refused > 0 ? { tone: 'wait' } : {}),
        view: 'requests?status=4xx&since=1h',
      }),
    ),
  ];
}
