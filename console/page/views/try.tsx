/** Local only: stories that send signed notifications, and faults to try a runbook. */

import { useState } from 'preact/hooks';
import type { ActionResult, FaultsView, StoriesView } from '../../contract.ts';
import { act, type Failure, isFailure, useView } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { Icon } from '../parts/icons.tsx';
import { ViewLayout } from '../parts/layout.tsx';
import { FailureNote, Shown } from '../parts/states.tsx';
import { Badge } from '../parts/values.tsx';
import { href } from '../route.ts';
import { plural, providerTitle, sentence, words } from '../text.ts';

type Story = StoriesView['stories'][number];
type Outcome = { readonly story: string; readonly result?: ActionResult; readonly failure?: Failure };

export function TryIt() {
  const stories = useView<StoriesView>('stories', { live: false });
  const [outcome, setOutcome] = useState<Outcome>();
  return (
    <ViewLayout title="Try it" says="Send what a provider sends, signed with the demo keys of this computer.">
      <OutcomeNote outcome={outcome} />
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
                      <StoryItem key={story.name} story={story} onDone={setOutcome} />
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

function OutcomeNote({ outcome }: { outcome: Outcome | undefined }) {
  return (
    <div aria-live="polite">
      {outcome?.failure === undefined ? null : <FailureNote failure={outcome.failure} />}
      {outcome?.result === undefined ? null : (
        <div class={`note ${outcome.result.done ? 'good' : 'bad'}`}>
          <Icon name={outcome.result.done ? 'check' : 'alert'} />
          <div>
            <p>
              {outcome.story} is sent. <a href={href('payments')}>See the payments</a> or{' '}
              <a href={href('requests')}>the requests</a>.
            </p>
            <pre class="lines">{outcome.result.lines.join('\n')}</pre>
          </div>
        </div>
      )}
    </div>
  );
}

function StoryItem({ story, onDone }: { story: Story; onDone: (outcome: Outcome) => void }) {
  const capabilities = useCapabilities();
  const [isBusy, setBusy] = useState(false);
  const trigger = async (tamper: boolean) => {
    setBusy(true);
    try {
      const result = await act(capabilities, 'trigger', { story: story.name, ...(tamper ? { tamper } : {}) });
      onDone({ story: story.name, result });
    } catch (error) {
      if (!isFailure(error)) throw error;
      onDone({ story: story.name, failure: error });
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
      <p class="tools">
        <button
          type="button"
          class="button small primary"
          data-row
          disabled={isBusy}
          aria-label={`Trigger ${story.name}`}
          onClick={() => trigger(false)}
        >
          Trigger
        </button>
        <button
          type="button"
          class="button small"
          disabled={isBusy}
          aria-label={`Tamper with ${story.name}`}
          title="Changed after it was signed: it must be refused"
          onClick={() => trigger(true)}
        >
          Tamper
        </button>
      </p>
    </li>
  );
}

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
      <p class="faint">What providers and shops do on bad days. See what happens, then follow the runbook.</p>
      {failure === undefined ? null : <FailureNote failure={failure} />}
      <Shown view={view} lines={3}>
        {({ services }) => (
          <ul class="plain-list">
            {services.map(({ service, fault, allowed }) => (
              <li key={service}>
                <span>{words(service)}</span>
                <span class="tools">
                  {fault === null ? (
                    <Badge tone="good">Works</Badge>
                  ) : (
                    <Badge tone="bad">{words(fault)}</Badge>
                  )}
                  <label class="select">
                    <span class="visually-hidden">Fault of {service}</span>
                    <select
                      value={fault ?? ''}
                      onChange={(event) => change(service, event.currentTarget.value)}
                    >
                      <option value="">Works</option>
                      {allowed.map((name) => (
                        <option key={name} value={name}>
                          {words(name)}
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
