/** The path of a notification, with what is on it now. */
import type { FlowNode, FlowNodeName, FlowView } from '../../contract.ts';
import { hrefOf } from '../address.ts';
import { Icon, type IconName } from '../parts/icons.tsx';
import { grouped } from '../text.ts';

const WAY: readonly FlowNodeName[] = [
  'provider',
  'intake',
  'queue',
  'worker',
  'outbox',
  'fulfilment',
  'shop',
];
/** Pairs of a branch and the node below which it is drawn. */
const BRANCHES: readonly (readonly [FlowNodeName, FlowNodeName])[] = [
  ['intake', 'refused'],
  ['queue', 'dead-letters'],
  ['worker', 'holds'],
  ['worker', 'quarantine'],
];
const ICONS: Readonly<Record<FlowNodeName, IconName>> = {
  provider: 'payments',
  intake: 'requests',
  queue: 'queues',
  worker: 'reconciliation',
  outbox: 'undelivered',
  fulfilment: 'effect',
  shop: 'shop',
  refused: 'close',
  quarantine: 'quarantine',
  'dead-letters': 'alert',
  holds: 'holds',
};

export function Flow({ flow }: { flow: FlowView }) {
  const nodes = new Map(flow.nodes.map((node) => [node.name, node]));
  return (
    <ol class="flow" aria-label="From provider to shop">
      {WAY.map((name) => {
        const node = nodes.get(name);
        const branches = BRANCHES.filter(([from]) => from === name).flatMap(([, to]) => nodes.get(to) ?? []);
        return node === undefined ? null : (
          <li key={name} class="stage">
            <Node node={node} />
            {branches.map((branch) => (
              <Node key={branch.name} node={branch} isBranch />
            ))}
          </li>
        );
      })}
    </ol>
  );
}

function Node({ node: { name, title, counts }, isBranch = false }: { node: FlowNode; isBranch?: boolean }) {
  const needsYou = counts.some(({ tone, value, when }) => tone === 'bad' && value > 0 && when === 'now');
  return (
    <div class={`node${isBranch ? ' branch' : ''}${needsYou ? ' alarming' : ''}`}>
      <span class="node-title">
        <Icon name={ICONS[name]} />
        {title}
      </span>
      {counts.map(({ label, value, tone, view, when }) => {
        const text = (
          <>
            <strong>{grouped(value)}</strong> {label}
          </>
        );
        const kind = `count ${value > 0 ? (tone ?? '') : 'zero'} ${when}`;
        return view === undefined ? (
          <span key={label} class={kind}>
            {text}
          </span>
        ) : (
          <a key={label} class={kind} href={hrefOf(view)}>
            {text}
          </a>
        );
      })}
    </div>
  );
}
