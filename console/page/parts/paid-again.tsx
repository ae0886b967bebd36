/** An order that was paid more than once: which payments, goods and money, and whose decisions. */
import { GOODS_EXPLAINED } from '../../../shared/payment/explained.ts';
import type { PaidAgainShown } from '../../contract.ts';
import { href } from '../route.ts';
import { idOf } from '../text.ts';
import { Amounts, Time } from './values.tsx';

export function PaidAgain({
  paidAgain,
  current,
}: {
  paidAgain: PaidAgainShown | undefined;
  current?: string;
}) {
  if (paidAgain === undefined) return null;
  return (
    <section class="callout paid-again" aria-label="Paid more than once">
      <h3>Paid more than once</h3>
      {paidAgain.says.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <table class="simple">
        <caption class="visually-hidden">Payments of the order</caption>
        <thead>
          <tr>
            <th scope="col">Payment</th>
            <th scope="col">Goods</th>
            <th scope="col">Money with you</th>
            <th scope="col">Let through by</th>
          </tr>
        </thead>
        <tbody>
          {paidAgain.payments.map(({ payment, goods, kept, decision }) => (
            <tr key={payment}>
              <td>
                {payment === current ? (
                  <strong>this payment</strong>
                ) : (
                  <a href={href('payments', payment)}>{idOf(payment)}</a>
                )}
              </td>
              <td>{GOODS_EXPLAINED[goods]}</td>
              <td>
                <Amounts amounts={kept} none="nothing" />
              </td>
              <td>
                {decision === undefined ? (
                  <span class="faint">nobody: it came first</span>
                ) : (
                  <>
                    {decision.by}, <Time at={decision.at} />: {decision.note}
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
