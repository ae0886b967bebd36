/**
 * The temporary resources of `payhooks listen --stack`: a rule on the stack's bus and a queue of the same name. The
 * rule is made first and removed last, so that the remains of a crash can be found by the rule.
 */
import {
  DeleteRuleCommand,
  ListRulesCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Rule,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteQueueCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { defined } from '../../shared/payment/defined.ts';
import type { Connection } from '../connect.ts';
import { busOf } from '../names.ts';
import { everyPage } from '../pages.ts';
import { expiryIn, listenPrefix, newListenName, ruleDescription, ruleTerms } from './rule.ts';

/** Events are personal data, so they are kept briefly: they were for this computer alone. */
export const RETENTION_SECONDS = 3_600;
/** Longer than an attempt takes. */
const VISIBILITY_SECONDS = 60;
const TARGET_ID = 'listen';

export class Tap {
  readonly name: string;
  readonly #connection: Connection;
  readonly #events: readonly string[] | undefined;
  #block: number | undefined;
  #queueUrl = '';
  #expiresAt = 0;

  constructor(connection: Connection, events: readonly string[] | undefined) {
    this.#connection = connection;
    this.#events = events;
    this.name = newListenName(busOf(connection));
  }

  get queueUrl(): string {
    return this.#queueUrl;
  }

  /** Milliseconds since 1970; until then events come without a renewal. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  async open(now: number): Promise<void> {
    const { clients } = this.#connection;
    const ruleArn = await this.#putRule(now);
    const queueArn = ruleArn.replace(/^arn:([^:]+):events:([^:]+:[^:]+):.*$/, `arn:$1:sqs:$2:${this.name}`);
    const { QueueUrl = '' } = await clients.sqs.send(
      new CreateQueueCommand({
        QueueName: this.name,
        Attributes: {
          MessageRetentionPeriod: String(RETENTION_SECONDS),
          VisibilityTimeout: String(VISIBILITY_SECONDS),
          SqsManagedSseEnabled: 'true',
          Policy: policyFor(queueArn, ruleArn),
        },
      }),
    );
    this.#queueUrl = QueueUrl;
    await clients.events.send(
      new PutTargetsCommand({ ...this.#rule, Targets: [{ Id: TARGET_ID, Arn: queueArn }] }),
    );
  }

  /** Renews the rule when it is time. */
  async renew(now: number): Promise<void> {
    if (ruleTerms({ ...this.#terms, now }).block !== this.#block) await this.#putRule(now);
  }

  async close(): Promise<void> {
    await removeTap(this.#connection, this.name);
  }

  get #terms() {
    const { target } = this.#connection.config;
    return { events: this.#events, signed: target.type === 'eventbridge' && target.sign };
  }

  get #rule() {
    return { EventBusName: busOf(this.#connection), Rule: this.name };
  }

  /** @returns the rule's ARN */
  async #putRule(now: number): Promise<string> {
    const { pattern, expiresAt, block } = ruleTerms({ ...this.#terms, now });
    const { RuleArn = '' } = await this.#connection.clients.events.send(
      new PutRuleCommand({
        Name: this.name,
        EventBusName: busOf(this.#connection),
        EventPattern: pattern,
        Description: ruleDescription(expiresAt),
        State: 'ENABLED',
      }),
    );
    this.#block = block;
    this.#expiresAt = expiresAt;
    return RuleArn;
  }
}

/** Only this rule may send to the queue. */
const policyFor = (queueArn: string, ruleArn: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } },
      },
    ],
  });

/** Removes the expired resources of earlier `listen` runs. @returns the names */
export async function removeExpired(connection: Connection, now: number): Promise<readonly string[]> {
  const bus = busOf(connection);
  const rules = await everyPage<Rule>(async (NextToken) => {
    const command = new ListRulesCommand({
      EventBusName: bus,
      NamePrefix: listenPrefix(bus),
      ...defined({ NextToken }),
    });
    const { Rules = [], NextToken: next } = await connection.clients.events.send(command);
    return { rows: Rules, next };
  });
  const expired = rules.flatMap(({ Name = '', Description }) => {
    const expiresAt = expiryIn(Description);
    return expiresAt !== undefined && expiresAt < now ? [Name] : [];
  });
  for (const name of expired) await removeTap(connection, name);
  return expired;
}

async function removeTap(connection: Connection, name: string): Promise<void> {
  const { events, sqs } = connection.clients;
  const EventBusName = busOf(connection);
  await unlessGone(events.send(new RemoveTargetsCommand({ EventBusName, Rule: name, Ids: [TARGET_ID] })));
  const queue = await unlessGone(sqs.send(new GetQueueUrlCommand({ QueueName: name })));
  if (queue !== undefined) await unlessGone(sqs.send(new DeleteQueueCommand({ QueueUrl: queue.QueueUrl })));
  await unlessGone(events.send(new DeleteRuleCommand({ EventBusName, Name: name })));
}

const GONE = /ResourceNotFound|QueueDoesNotExist|NonExistentQueue/;

async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && GONE.test(error.name)) return undefined;
    throw error;
  }
}
