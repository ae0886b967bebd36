/** The public interface of the payment core. */
export { checkAmount } from './amounts.ts';
export { isPaidWith } from './captures.ts';
export { ANNOUNCED_TYPES, EVENT_TYPES } from './catalogue.ts';
export { type Waiting, waitingOf } from './confirmations.ts';
export { currencyDecimals, fitsCurrency, isKnownCurrency, MORE_DECIMALS } from './currencies.ts';
export {
  canonicalText,
  conflictName,
  hashCanonical,
  isSameMaterial,
  knownHash,
  materialHash,
} from './duplicates.ts';
export { STATUS_NOTICES } from './effects.ts';
export { type FactLine, factsOverflowed, joinFacts, MAX_ENTRY_VALUES, makeFacts } from './facts.ts';
export { fence, isFinal } from './fence.ts';
export { type HoldAdvice, holdAdvice, otherPayment } from './hold-advice.ts';
export { DecisionError, deriveHolds, MAX_DECISIONS } from './holds.ts';
export {
  effectId,
  mayBePaidOn,
  parsePaymentKey,
  paymentKey,
  readPaymentKey,
  webhookIdOf,
} from './keys.ts';
export {
  addDecimals,
  canonical,
  compareDecimals,
  hasCurrencyForm,
  isDecimal,
  MoneyError,
  money,
  moneyText,
  parseMoneyText,
  sameMoney,
  subtractDecimals,
  subtractMoney,
  sumMoney,
} from './money.ts';
export {
  changeOrder,
  type OrderAction,
  type OrderChange,
  OrderChangeError,
  type OrderStateName,
  parseOrderChange,
  stateOfOrder,
} from './order-changes.ts';
export {
  hasRevokedGoods,
  joinAliases,
  OrderError,
  orderState,
  ownerOf,
  parseOrder,
} from './orders.ts';
export { type PaidAgain, paidAgain, paidAgainCandidates } from './paid-again.ts';
export {
  MAX_REFUNDS,
  matchRefunds,
  parseRefund,
  type RefundState,
  refundDueOf,
} from './refunds.ts';
export { contradictedBy } from './stale.ts';
export {
  ALARM_DAYS,
  concernsOrder,
  isNegative,
  isRejected,
  WAITS_FOR,
  waitsForProvider,
} from './statuses.ts';
export { orderToLoad, transition } from './transition.ts';
export type * from './types.ts';
export { HOLD_REASONS, MAX_FACT_ENTRIES, STATUSES } from './types.ts';
