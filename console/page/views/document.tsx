/** A page of the documentation: the runbook that a hold or an alarm names, with the payment or account filled in. */
import { defined } from '../../../shared/payment/defined.ts';
import type { DocumentView, PaymentDetail } from '../../contract.ts';
import { href, type Route } from '../address.ts';
import { useView } from '../api.ts';
import { useCapabilities } from '../context.ts';
import { documentTitle } from '../parts/doc-link.tsx';
import { ViewLayout } from '../parts/layout.tsx';
import { Markdown } from '../parts/markdown.tsx';
import { Shown } from '../parts/states.tsx';
import { PaymentLink } from '../parts/values.tsx';
import { type About, aboutIn, filledIn } from '../runbook.ts';
import { NextSteps } from './payment.tsx';

export function Document({ route: { id = '', query } }: { route: Route }) {
  const capabilities = useCapabilities();
  const [path = ''] = id.split('#');
  const view = useView<DocumentView>(`docs/${path}`);
  const about = aboutIn(query);
  const payment = useView<PaymentDetail>(
    about.payment === undefined ? undefined : `payments/${encodeURIComponent(about.payment)}`,
  );
  const names = { ...about, ...answerOf(payment.data, about) };
  const hasButtons = payment.data?.nextSteps.some(({ actions }) => actions.length > 0);
  const search = query.toString();
  return (
    <ViewLayout title={documentTitle(path)} says={`docs/${path}`}>
      {about.payment === undefined ? null : (
        <section class="read-about" aria-label="The payment">
          <h2 class="visually-hidden">The payment</h2>
          <p>
            The commands below name payment <PaymentLink payment={about.payment} />.
            {hasButtons ? ' Or press a button here: it does the same.' : ''}
          </p>
          <Shown view={payment} lines={3}>
            {(detail) =>
              detail.nextSteps.length === 0 ? (
                <p>
                  <strong>This payment waits for no answer any more.</strong>
                </p>
              ) : (
                <NextSteps detail={detail} isInRunbook />
              )
            }
          </Shown>
        </section>
      )}
      {about.message === undefined ? null : (
        <section class="read-about" aria-label="The message">
          <h2 class="visually-hidden">The message</h2>
          <p class="wrap">
            The commands below name message <code>{about.message}</code>;{' '}
            <a href={href(about.in ?? 'queues', about.message)}>its own page</a> has buttons that do the same.
          </p>
        </section>
      )}
      <Shown view={view} lines={10}>
        {({ tokens }) => (
          <Markdown
            tokens={tokens}
            page={{
              from: path,
              fill: (command) => filledIn(command, names, capabilities),
              about: search === '' ? '' : `?${search}`,
            }}
          />
        )}
      </Shown>
    </ViewLayout>
  );
}

/** The reason and the digest that an answer to this payment names now: of the hold that was meant, or of its waiting. */
function answerOf(
  detail: PaymentDetail | undefined,
  { reason }: About,
): { reason?: string; digest?: string } {
  const holds = detail?.payment.holds ?? [];
  const hold = holds.find((each) => each.reason === reason) ?? (reason === undefined ? holds[0] : undefined);
  const digest = hold?.digest ?? detail?.waiting?.digest;
  return {
    ...defined({ reason: hold?.reason, digest }),
  };
}
