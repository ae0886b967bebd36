/** Situations that a shop's handler meets in production, one scenario each, with the correct answer and goods. */
import type { Goods } from './observer.ts';
import { type AcceptEvent, type Answered, isRefused, isTaken, type Sender } from './sender.ts';

export interface Scenario {
  readonly id: string;
  /** The rule, as a sentence. */
  readonly rule: string;
  /**
   * How often the goods must have been given and taken back; an absent count may be any, as long as `outstanding` is
   * right.
   */
  readonly goods: Partial<Goods> & { readonly outstanding: number };
  /** @returns what was wrong with the answers; empty when nothing was */
  run(events: Events, sender: Sender): Promise<readonly string[]>;
}

/** Makes the events of one order of one scenario. */
export interface Events {
  readonly order: string;
  fulfil(epoch?: number): AcceptEvent;
  revoke(epoch?: number): AcceptEvent;
  /** An event about the order's payment, or about an earlier attempt to pay it. */
  notice(type: string, options?: { readonly attempt?: number; readonly sequence?: number }): AcceptEvent;
}

const RETRIES = 4;

/** Sends until the shop accepts, as Payhooks does; a shop may answer 5xx or 409 while it is busy. */
async function untilTaken(sender: Sender, event: AcceptEvent): Promise<readonly string[]> {
  let answered: Answered = 'none';
  for (let attempt = 0; attempt < RETRIES; attempt++) {
    answered = await sender.send(event);
    if (isTaken(answered)) return [];
    // "none": the connection was refused, or ten seconds have passed; then it does not pause.
    if (answered !== 'none' && attempt < RETRIES - 1) await sender.pause(attempt);
  }
  return [`${event.type} was answered ${answered} ${RETRIES} times; expected 2xx`];
}

async function inOrder(sender: Sender, events: readonly AcceptEvent[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const event of events) wrong.push(...(await untilTaken(sender, event)));
  return wrong;
}

const refused = (what: string, answered: Answered): readonly string[] =>
  isRefused(answered) ? [] : [`${what} was answered ${answered}; expected 4xx`];

export const scenarios: readonly Scenario[] = [
  {
    id: 'once',
    rule: 'a fulfil gives the goods',
    goods: { given: 1, taken: 0, outstanding: 1 },
    run: (events, sender) => inOrder(sender, [events.fulfil()]),
  },
  {
    id: 'twice',
    rule: 'the same event twice gives the goods once, and both answers are 2xx',
    goods: { given: 1, taken: 0, outstanding: 1 },
    run: (events, sender) => inOrder(sender, [events.fulfil(), events.fulfil()]),
  },
  {
    id: 'at-once',
    rule: 'copies of an event at the same time give the goods once',
    goods: { given: 1, taken: 0, outstanding: 1 },
    run: async (events, sender) => {
      const copies = Array.from({ length: 8 }, () => untilTaken(sender, events.fulfil()));
      return (await Promise.all(copies)).flat();
    },
  },
  {
    id: 'answer-lost',
    rule: 'an event is sent again after its answer was lost, and gives nothing a second time',
    goods: { given: 1, taken: 0, outstanding: 1 },
    run: async (events, sender) => {
      await sender.send(events.fulfil(), { answerLost: 'hung-up' });
      await sender.send(events.fulfil(), { answerLost: 'unread' });
      return untilTaken(sender, events.fulfil());
    },
  },
  {
    id: 'failed-then-taken',
    rule: 'an event that was answered 5xx is sent again with the same id until it is accepted, and counts once',
    goods: { given: 1, taken: 0, outstanding: 1 },
    run: async (events, sender) => {
      const wrong = await untilTaken(sender, events.fulfil());
      return [...wrong, ...(await untilTaken(sender, events.fulfil()))];
    },
  },
  {
    id: 'revoke',
    rule: 'a revoke takes the goods back once',
    goods: { given: 1, taken: 1, outstanding: 0 },
    run: (events, sender) => inOrder(sender, [events.fulfil(), events.revoke(), events.revoke()]),
  },
  {
    id: 'revoke-first',
    rule: 'a revoke that arrives before its fulfil leaves no goods with the shopper',
    goods: { outstanding: 0 },
    run: (events, sender) => inOrder(sender, [events.revoke(), events.fulfil()]),
  },
  {
    id: 'reversed-sequence',
    rule: 'an older event that arrives late changes nothing',
    goods: { given: 1, taken: 1, outstanding: 0 },
    run: (events, sender) =>
      inOrder(sender, [
        events.fulfil(),
        events.revoke(),
        events.notice('payment.paid', { sequence: 1 }),
        events.fulfil(),
      ]),
  },
  {
    id: 'second-epoch',
    rule: 'after a revoke, a fulfil of a higher epoch gives the goods again',
    goods: { given: 2, taken: 1, outstanding: 1 },
    run: (events, sender) => inOrder(sender, [events.fulfil(), events.revoke(), events.fulfil(2)]),
  },
  {
    id: 'old-revoke',
    rule: 'a late copy of an earlier revoke does not take back goods that were given again',
    goods: { given: 2, taken: 1, outstanding: 1 },
    run: (events, sender) =>
      inOrder(sender, [events.fulfil(), events.revoke(), events.fulfil(2), events.revoke(1)]),
  },
  {
    id: 'late-denial',
    rule: 'a denial of an earlier attempt does not take back the goods of an order that another payment paid',
    goods: { given: 1, taken: 0, outstanding: 1 },
    run: (events, sender) =>
      inOrder(sender, [events.fulfil(), events.notice('payment.denied', { attempt: 1, sequence: 2 })]),
  },
  {
    id: 'unknown-type',
    rule: 'an event of a type that the shop does not know is answered 2xx and gives nothing',
    goods: { given: 0, taken: 0, outstanding: 0 },
    run: (events, sender) => inOrder(sender, [events.notice('payment.something_new')]),
  },
  {
    id: 'forged',
    rule: 'an event signed with another key is answered 4xx and gives nothing',
    goods: { given: 0, taken: 0, outstanding: 0 },
    run: async (events, sender) =>
      refused('a forged fulfil', await sender.send(events.fulfil(), { forged: true })),
  },
  {
    id: 'altered',
    rule: 'an event whose body was changed after it was signed is answered 4xx and gives nothing',
    goods: { given: 0, taken: 0, outstanding: 0 },
    run: async (events, sender) =>
      refused('an altered fulfil', await sender.send(events.fulfil(), { altered: true })),
  },
  {
    id: 'stale',
    rule: 'an event signed an hour ago is answered 4xx and gives nothing, because it may be a stolen copy',
    goods: { given: 0, taken: 0, outstanding: 0 },
    run: async (events, sender) =>
      refused('a stale fulfil', await sender.send(events.fulfil(), { ageSeconds: 3_600 })),
  },
  {
    id: 're-signed',
    rule: 'an event that is signed again with a later time stamp is the same event',
    goods: { given: 1, taken: 0, outstanding: 1 },
    run: async (events, sender) => {
      await sender.send(events.fulfil(), { ageSeconds: 120 });
      return untilTaken(sender, events.fulfil());
    },
  },
];
