/** Local only: stories that send signed notifications, and faults to try a runbook. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { ActionResult, FaultsView, StoriesView } from '../../contract.ts';
import { href } from '../address.ts';
import { act, type Failure, isFailure, useView } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { CommandLine } from '../parts/dialog.tsx';
import { ViewLayout } from '../parts/layout.tsx';
import { FailureNote, Note, Shown } from '../parts/states.tsx';
import { Badge } from '../parts/values.tsx';
import { plural, providerTitle, sentence, words } from '../text.ts';

type Story = StoriesView['stories'][number];
type Outcome =
  | { readonly result: ActionResult; readonly isTampered: boolean }
  | { readonly failure: Failure };

export function TryIt() {
  const stories = useView<StoriesView>('stories', { live: false });
  return (
    <ViewLayout title="Try it" says="Send what a provider sends, signed with the demo keys of this computer.">
      <Shown view={stories}>
        {({ stories: all }) => (
          <>
            {[...new Set(all.map(({ provider }) => provider))].map((provider) => (
              <section key={provider} aria-label={providerTitle(provider)}>
                <h2 class="list-title">{providerTitle(provider)}</h2>
                <ul class="stories">
                  {all
                    .filter((story) => story.provider === provider)
                    .map((story) => (
                      <StoryItem key={story.name} story={story} />
                    ))}
                </ul>
              </section>
            ))}
          </>
        )}
      </Shown>
      <h2 class="list-title">Faults</h2>
      <FaultSwitches />
    </ViewLayout>
  );
}

/** Beside the button that was pressed: the list is longer than the window. */
function OutcomeNote({ outcome }: { outcome: Outcome | undefined }) {
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (outcome !== undefined) note.current?.scrollIntoView({ block: 'nearest' });
  }, [outcome]);
  return (
    <div ref={note} class="story-outcome" aria-live="polite">
      {outcome === undefined ? null : 'failure' in outcome ? (
        <FailureNote failure={outcome.failure} />
      ) : (
        <SentStory {...outcome} />
      )}
    </div>
  );
}

function SentStory({
  result: { done, says = [], result, lines },
  isTampered,
}: Extract<Outcome, { result: object }>) {
  const { payment, id } = result as { readonly payment?: string; readonly id?: string };
  const found = new URLSearchParams(id === undefined ? {} : { q: id });
  return (
    <Note tone={done ? 'good' : 'bad'}>
      <p>{says.join(' ')}</p>
      <p class="moment-links">
        {payment === undefined || isTampered ? null : (
          <a href={href('payments', payment)}>Open the payment</a>
        )}
        <a href={href('requests', undefined, found)}>{isTampered ? 'See why' : 'See the requests'}</a>
      </p>
      <CommandLine lines={lines} />
    </Note>
  );
}

function StoryItem({ story }: { story: Story }) {
  const capabilities = useCapabilities();
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const trigger = async (tamper: boolean) => {
    if (isBusy) return;
    setBusy(true);
    try {
      const result = await act(capabilities, 'trigger', { story: story.name, ...(tamper ? { tamper } : {}) });
      setOutcome({ result, isTampered: tamper });
    } catch (error) {
      if (!isFailure(error)) throw error;
      setOutcome({ failure: error });
    } finally {
      setBusy(false);
    }
  };
  return (
    <li class="card story">
      <div>
        <h3>{words(story.name.split('/').at(-1) ?? story.name)}</h3>
        <p class="faint">
          {sentence(story.says)} <span class="nowrap">({plural(story.notifications, 'notification')})</span>
        </p>
      </div>
      <div>
        <p class="tools">
          {/* Not disabled while it is sent: a disabled button loses the keyboard's focus. */}
          <button
            type="button"
            class="button small primary"
            data-row
            aria-disabled={isBusy}
            aria-label={`Trigger ${story.name}`}
            onClick={() => trigger(false)}
          >
            Trigger
          </button>
          <button
            type="button"
            class="button small"
            aria-disabled={isBusy}
            aria-label={`Tamper with ${story.name}`}
            title="Changed after it was signed: it must be refused"
            onClick={() => trigger(true)}
          >
            Tamper
          </button>
        </p>
        <OutcomeNote outcome={outcome} />
      </div>
    </li>
  );
}

const SERVICES: Readonly<Record<string, readonly [title: string, is: string]>> = {
  sqs: ['Queues (SQS)', 'Without them nothing is accepted: providers are answered 503 and send again.'],
  secrets: ['Secrets', 'The keys of accounts are read from there when a function starts.'],
  events: ['Event bus', 'Takes the events to your shop.'],
  dynamodb: [
    'Table (DynamoDB)',
    'What is accepted waits on the queue; this console shows what it last read.',
  ],
  shop: ['Shop', 'Your own HTTPS address, where a stack delivers to one.'],
  decider: ['Decision hook', 'Your address that answers the provider’s questions.'],
};

const FAULTS: Readonly<Record<string, string>> = {
  down: 'Down: refuses connections',
  silent: 'Silent: never answers',
  failing: 'Failing: answers 500',
  throttled: 'Throttled: too many calls',
  busy: 'Busy: fails at first',
  gone: 'Gone: answers 410',
};

function FaultSwitches() {
  const capabilities = useCapabilities();
  const view = useView<FaultsView>('faults');
  const [failure, setFailure] = useState<Failure>();
  const change = async (service: string, fault: string) => {
    try {
      await act(capabilities, 'fault', { service, fault: fault === '' ? null : fault });
      setFailure(undefined);
    } catch (error) {
      if (!isFailure(error)) throw error;
      setFailure(error);
    }
  };
  return (
    <>
      <p class="faint">A service fails as it may fail in AWS. See what happens, then follow the runbook.</p>
      {failure === undefined ? null : <FailureNote failure={failure} />}
      <Shown view={view} lines={3}>
        {({ services }) => (
          <ul class="plain-list">
            {services.map(({ service, fault, allowed }) => (
              <li key={service}>
                <span>
                  {SERVICES[service]?.[0] ?? words(service)}
                  <span class="sub">{SERVICES[service]?.[1]}</span>
                </span>
                <span class="tools">
                  {fault === null ? null : <Badge tone="bad">{words(fault)}</Badge>}
                  <label class="select">
                    <span class="visually-hidden">Fault of {service}</span>
                    <select
                      value={fault ?? ''}
                      onChange={(event) => change(service, event.currentTarget.value)}
                    >
                      <option value="">Works</option>
                      {allowed.map((name) => (
                        <option key={name} value={name}>
                          {FAULTS[name] ?? words(name)}
                        </option>
                      ))}
                    </select>
                  </label>
                </span>
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </>
  );
}
