/** An order that was paid more than once: which payments, goods and money, and whose decisions. */
import { GOODS_EXPLAINED } from '../../../shared/payment/explained.ts';
import type { PaidAgainShown } from '../../contract.ts';
import { SimpleTable } from './table.tsx';
import { Amounts, PaymentLink, Time } from './values.tsx';

interface PaidAgainProps {
  readonly paidAgain: PaidAgainShown | undefined;
  /** The payment that is open. */
  readonly current?: string;
}

export function PaidAgain({ paidAgain, current }: PaidAgainProps) {
  if (paidAgain === undefined) return null;
  return (
    <section class="callout paid-again" aria-label="Paid more than once">
      <h3>Paid more than once</h3>
      {paidAgain.says.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <SimpleTable
        label="Payments of the order"
        titles={['Payment', 'Goods', 'Money with you', 'Released by']}
      >
        {paidAgain.payments.map(({ payment, goods, kept, decision }) => (
          <tr key={payment}>
            <td>{payment === current ? <strong>this payment</strong> : <PaymentLink payment={payment} />}</td>
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
      </SimpleTable>
    </section>
  );
}
