/** The frame of the page: navigation with counts, the connection, the view. */
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Capabilities, FlowView } from '../contract.ts';
import { href, type Route } from './address.ts';
import { connect, UNREACHABLE, useConnection, useView } from './api.ts';
import { CapabilitiesProvider, useCapabilities } from './context.ts';
import { KEYS, listenToKeys } from './keys.ts';
import { ActionDialog, Modal } from './parts/dialog.tsx';
import { Icon, type IconName } from './parts/icons.tsx';
import { Empty, FailureNote, Loading } from './parts/states.tsx';
import { useRoute } from './route.ts';
import { grouped } from './text.ts';
import { Document } from './views/document.tsx';
import { Holds } from './views/holds.tsx';
import { Metrics } from './views/metrics.tsx';
import { Orders } from './views/orders.tsx';
import { Overview } from './views/overview.tsx';
import { Payments } from './views/payments.tsx';
import { Quarantine } from './views/quarantine.tsx';
import { Queues } from './views/queues.tsx';
import { ReconciliationPage } from './views/reconciliation.tsx';
import { Requests } from './views/requests.tsx';
import { Shop } from './views/shop.tsx';
import { TryIt } from './views/try.tsx';
import { UndeliveredEvents } from './views/undelivered.tsx';

interface NavItem {
  readonly view: string;
  readonly title: string;
  readonly icon: IconName;
  readonly isLocal?: boolean;
}

const NAVIGATION: readonly (readonly [group: string, items: readonly NavItem[]])[] = [
  [
    'Watch',
    [
      { view: 'overview', title: 'Overview', icon: 'overview' },
      { view: 'requests', title: 'Requests', icon: 'requests' },
      { view: 'payments', title: 'Payments', icon: 'payments' },
      { view: 'orders', title: 'Orders', icon: 'orders' },
    ],
  ],
  [
    'Needs you',
    [
      { view: 'holds', title: 'Holds', icon: 'holds' },
      { view: 'undelivered', title: 'Undelivered', icon: 'undelivered' },
      { view: 'queues', title: 'Queues', icon: 'queues' },
      { view: 'quarantine', title: 'Quarantine', icon: 'quarantine' },
      { view: 'reconciliation', title: 'Reconciliation', icon: 'reconciliation' },
    ],
  ],
  ['Measure', [{ view: 'metrics', title: 'Metrics', icon: 'metrics' }]],
  [
    'This computer',
    [
      { view: 'try', title: 'Try it', icon: 'try', isLocal: true },
      { view: 'shop', title: 'Shop', icon: 'shop', isLocal: true },
    ],
  ],
];

type ViewComponent = ComponentType<{ readonly route: Route }>;

const VIEWS: ReadonlyMap<string, ViewComponent> = new Map<string, ViewComponent>([
  ['overview', Overview],
  ['requests', Requests],
  ['payments', Payments],
  ['orders', Orders],
  ['holds', Holds],
  ['undelivered', UndeliveredEvents],
  ['queues', Queues],
  ['dead-letters', Queues],
  ['quarantine', Quarantine],
  ['reconciliation', ReconciliationPage],
  ['metrics', Metrics],
  ['docs', Document],
]);
const LOCAL_VIEWS: ReadonlyMap<string, ViewComponent> = new Map<string, ViewComponent>([
  ['try', TryIt],
  ['shop', Shop],
  ['fulfilments', Shop],
]);

function ViewOf({ route }: { route: Route }) {
  const { local } = useCapabilities();
  const View = VIEWS.get(route.view) ?? (local ? LOCAL_VIEWS.get(route.view) : undefined);
  if (View !== undefined) return <View route={route} />;
  return (
    <Empty title="There is no such view">
      <a href={href('overview')}>Go to the overview</a>
    </Empty>
  );
}

export function App() {
  const { data: capabilities, failure } = useView<Capabilities>('capabilities');
  useEffect(connect, []);
  if (capabilities === undefined) {
    return (
      <main class="starting">{failure === undefined ? <Loading /> : <FailureNote failure={failure} />}</main>
    );
  }
  return (
    <CapabilitiesProvider value={capabilities}>
      <Frame />
    </CapabilitiesProvider>
  );
}

function Frame() {
  const { warning } = useCapabilities();
  const route = useRoute();
  const connection = useConnection();
  const [isMenuOpen, setMenuOpen] = useState(false);
  const [areKeysShown, setKeysShown] = useState(false);
  useEffect(() => listenToKeys({ showKeys: () => setKeysShown(true) }), []);
  useEffect(() => setMenuOpen(false), [route.view, route.id]);
  return (
    <div class={`frame${route.id === undefined ? '' : ' has-detail'}${isMenuOpen ? ' menu-open' : ''}`}>
      <button type="button" class="skip" onClick={skipToMain}>
        Skip to the content
      </button>
      <header class="topbar">
        <Brand />
        <button
          type="button"
          class="icon-button menu-button"
          aria-expanded={isMenuOpen}
          aria-controls="navigation"
          aria-label="Menu"
          onClick={() => setMenuOpen(!isMenuOpen)}
        >
          <Icon name={isMenuOpen ? 'close' : 'menu'} />
        </button>
      </header>
      <Navigation current={route.view} showKeys={() => setKeysShown(true)} />
      <main id="main" tabIndex={-1}>
        {connection === 'lost' ? (
          <Banner>
            <strong>Disconnected.</strong> What you see may be old. {UNREACHABLE.next}
          </Banner>
        ) : null}
        {warning === undefined ? null : <Banner>{warning}</Banner>}
        <ViewOf route={route} />
      </main>
      <ActionDialog />
      {areKeysShown ? <KeysDialog onClose={() => setKeysShown(false)} /> : null}
    </div>
  );
}

/** Not a link: the part of the address behind "#" belongs to the views. */
function skipToMain(): void {
  document.getElementById('main')?.focus();
}

const Banner = ({ children }: { children: ComponentChildren }) => (
  <div class="banner bad" role="alert">
    <Icon name="alert" />
    <span>{children}</span>
  </div>
);

function Brand() {
  const { environment } = useCapabilities();
  return (
    <>
      <a class="brand" href={href('overview')}>
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M11 24V8h6.500a5 5 0 0 1 0 10H11" />
        </svg>
        Payhooks
      </a>
      <span class={`environment ${environment}`}>{environment}</span>
    </>
  );
}

/** What waits for somebody, by the view that lists it; what goes on by itself is not counted. */
function useCounts(): ReadonlyMap<string, { readonly value: number; readonly tone: string }> {
  const { data } = useView<FlowView>('flow');
  const counts = (data?.nodes ?? [])
    .flatMap((node) => node.counts)
    .filter(({ when, view, tone }) => when === 'now' && view !== undefined && tone !== undefined);
  const byView = new Map<string, { value: number; tone: string }>();
  for (const { view = '', value, tone = '' } of counts) {
    const [path = ''] = view.split(/[?/]/);
    const name = path === 'dead-letters' ? 'queues' : path;
    const known = byView.get(name);
    byView.set(name, {
      value: (known?.value ?? 0) + value,
      tone: known?.tone === 'bad' ? 'bad' : tone,
    });
  }
  return byView;
}

function Navigation({ current, showKeys }: { current: string; showKeys: () => void }) {
  const { local, label, actionsAllowed } = useCapabilities();
  const counts = useCounts();
  return (
    <nav id="navigation" class="navigation" aria-label="Views">
      <div class="brand-row">
        <Brand />
      </div>
      {NAVIGATION.map(([group, items]) => {
        const shown = items.filter(({ isLocal }) => local || !isLocal);
        return shown.length === 0 ? null : (
          <div key={group} class="nav-group">
            <h2>{group}</h2>
            <ul>
              {shown.map(({ view, title, icon }) => {
                const { value = 0, tone = '' } = counts.get(view) ?? {};
                return (
                  <li key={view}>
                    <a href={href(view)} aria-current={view === current ? 'page' : undefined}>
                      <Icon name={icon} />
                      {title}
                      {value > 0 && group === 'Needs you' ? (
                        <span class={`nav-count ${tone}`}>{grouped(value)}</span>
                      ) : null}
                    </a>
                  </li>
                );
              })}
            </ul>
          </div>
        );
      })}
      <footer class="nav-footer">
        <p class="backend" title={label}>
          {label}
        </p>
        <ConnectionNote />
        {actionsAllowed ? null : <p class="faint">Read only</p>}
        <button type="button" class="button small" onClick={showKeys}>
          <Icon name="keys" />
          Keys <kbd>?</kbd>
        </button>
      </footer>
    </nav>
  );
}

const CONNECTIONS = { connecting: 'Connecting…', live: 'Live', lost: 'Disconnected' } as const;

function ConnectionNote() {
  const connection = useConnection();
  return (
    <p class={`connection ${connection}`} role="status">
      <span class="dot" />
      {CONNECTIONS[connection]}
    </p>
  );
}

const KeysDialog = ({ onClose }: { onClose: () => void }) => (
  <Modal title="Keys" onClose={onClose}>
    <dl class="keys modal-body">
      {KEYS.map(([keys, does]) => (
        <div key={does}>
          <dt>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  </Modal>
);
