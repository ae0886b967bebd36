/** The payment core's public face. */
export { type AmountOutcome, amountVerdict, checkAmount } from './amounts.ts';
export { ANNOUNCED_TYPES, EVENT_TYPES } from './catalogue.ts';
export { type Waiting, waitingOf } from './confirmations.ts';
export { currencyDecimals, fitsCurrency, isKnownCurrency, MORE_DECIMALS } from './currencies.ts';
export { conflictName, hashCanonical, isSameMaterial, knownHash, materialHash } from './duplicates.ts';
export { noticesOf, STATUS_NOTICES } from './effects.ts';
export { type EffectName, type EventSource, makeEffect, renderEvent } from './events.ts';
export { type FactLine, factsOverflowed, joinFacts, MAX_ENTRY_VALUES, makeFacts } from './facts.ts';
export { type FenceVerdict, fence } from './fence.ts';
export { DecisionError, deriveHolds, digestOf, MAX_CONFLICTS, MAX_DECISIONS, openHolds } from './holds.ts';
export {
  aliasKey,
  aliasKeys,
  effectId,
  type PaymentName,
  parsePaymentKey,
  paymentKey,
  webhookIdOf,
} from './keys.ts';
export {
  addDecimals,
  canonical,
  compareDecimals,
  isCurrency,
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
  ORDER_ACTIONS,
  type OrderAction,
  type OrderChange,
  OrderChangeError,
  type OrderStateName,
  parseOrderChange,
  stateOfOrder,
} from './order-changes.ts';
export {
  isGivenUp,
  joinAliases,
  OrderError,
  orderState,
  ownerOf,
  parseAmount,
  parseCurrency,
  parseOrder,
} from './orders.ts';
export {
  type FollowedRefund,
  followRefunds,
  MAX_REFUNDS,
  type Owed,
  owedOf,
  parseRefund,
  type RefundState,
} from './refunds.ts';
export { takenBackBy } from './stale.ts';
export { ALARM_DAYS, awaitsWord, isNegative, isPaidLike, isRejected, WAITS_FOR } from './statuses.ts';
export { MAX_PAYMENT_ALIASES, orderToLoad, type TransitionContext, transition } from './transition.ts';
export type * from './types.ts';
export { EFFECT_STATES, HOLD_REASONS, MAX_FACT_ENTRIES, PROVIDERS, STATUSES } from './types.ts';
