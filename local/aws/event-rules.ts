/**
 * Rules of a local event bus, as far as `payhooks listen` uses them: patterns of texts and prefixes, with queues as
 * targets.
 */
import {
  type Json,
  type JsonObject,
  LOCAL_ACCOUNT,
  LOCAL_REGION,
  list,
  object,
} from '../template/resolve.ts';
import { AwsError } from './json-protocol.ts';

/** What a target receives. */
export interface BusEvent {
  readonly id: string;
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  /** ISO 8601, in whole seconds. */
  readonly time: string;
  readonly detail: Json;
}

interface Rule {
  readonly Name: string;
  readonly Arn: string;
  readonly EventBusName: string;
  readonly EventPattern: string;
  readonly State: string;
  readonly Description?: string;
}

interface Target {
  readonly Id: string;
  readonly Arn: string;
}

export interface EventRulesOptions {
  readonly buses: readonly string[];
  /** Puts an event on a queue. */
  send(queue: string, body: string): Promise<unknown>;
}

export class EventRules {
  readonly #rules = new Map<string, { rule: Rule; readonly targets: Map<string, Target> }>();
  readonly #options: EventRulesOptions;

  constructor(options: EventRulesOptions) {
    this.#options = options;
  }

  /** Undefined when the operation is not about rules. */
  call(operation: string, input: JsonObject): Json | undefined {
    switch (operation) {
      case 'PutRule':
        return this.#putRule(input);
      case 'DeleteRule':
        return this.#deleteRule(input);
      case 'ListRules':
        return { Rules: this.#listed(input).map((rule) => ({ ...rule })) };
      case 'PutTargets':
        return this.#putTargets(input);
      case 'RemoveTargets':
        for (const id of input.Ids as readonly string[]) this.#found(input, input.Rule).targets.delete(id);
        return { FailedEntryCount: 0, FailedEntries: [] };
      case 'ListTargetsByRule':
        return { Targets: [...this.#found(input, input.Rule).targets.values()].map((each) => ({ ...each })) };
      default:
        return undefined;
    }
  }

  /** Hands an event to the targets of every rule that it matches. */
  async deliver(event: BusEvent): Promise<void> {
    const envelope = {
      version: '0',
      id: event.id,
      'detail-type': event.detailType,
      source: event.source,
      account: LOCAL_ACCOUNT,
      time: event.time,
      region: LOCAL_REGION,
      resources: [],
      detail: event.detail,
    };
    for (const { rule, targets } of this.#rules.values()) {
      const pattern = object(JSON.parse(rule.EventPattern) as Json);
      if (rule.EventBusName !== event.bus || rule.State !== 'ENABLED' || !matches(pattern, envelope))
        continue;
      for (const { Arn } of targets.values()) {
        // A missing queue is an error on AWS too, but one that the sender of the event does not see.
        await this.#options.send(Arn.split(':').pop() ?? '', JSON.stringify(envelope)).catch(() => {});
      }
    }
  }

  #putRule(input: JsonObject): Json {
    const { Name, EventPattern, State = 'ENABLED', Description } = input;
    const EventBusName = this.#bus(input);
    check(object(JSON.parse(String(EventPattern)) as Json));
    const Arn = `arn:aws:events:${LOCAL_REGION}:${LOCAL_ACCOUNT}:rule/${EventBusName}/${Name}`;
    const rule: Rule = {
      ...{ Name: String(Name), Arn, EventBusName, EventPattern: String(EventPattern), State: String(State) },
      ...(typeof Description === 'string' ? { Description } : {}),
    };
    const known = this.#rules.get(Arn);
    if (known === undefined) this.#rules.set(Arn, { rule, targets: new Map() });
    else known.rule = rule;
    return { RuleArn: Arn };
  }

  #deleteRule(input: JsonObject): Json {
    const { rule, targets } = this.#found(input, input.Name);
    if (targets.size > 0) {
      throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
    }
    this.#rules.delete(rule.Arn);
    return {};
  }

  #listed(input: JsonObject): readonly Rule[] {
    const bus = this.#bus(input);
    const prefix = String(input.NamePrefix ?? '');
    const all = [...this.#rules.values()].map(({ rule }) => rule);
    return all.filter(({ EventBusName, Name }) => EventBusName === bus && Name.startsWith(prefix));
  }

  #putTargets(input: JsonObject): Json {
    const { targets } = this.#found(input, input.Rule);
    for (const { Id, Arn } of list(input.Targets).map(object)) {
      targets.set(String(Id), { Id: String(Id), Arn: String(Arn) });
    }
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  #bus({ EventBusName = 'default' }: JsonObject): string {
    const name = String(EventBusName);
    if (name === 'default' || this.#options.buses.includes(name)) return name;
    throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
  }

  #found(input: JsonObject, name: Json | undefined) {
    const bus = this.#bus(input);
    const found = [...this.#rules.values()].find(
      ({ rule }) => rule.EventBusName === bus && rule.Name === name,
    );
    if (found !== undefined) return found;
    throw new AwsError(
      'ResourceNotFoundException',
      `Rule ${String(name)} does not exist on EventBus ${bus}.`,
    );
  }
}

const isPrefix = (value: Json): value is { readonly prefix: string } =>
  Object.keys(object(value)).join() === 'prefix' && typeof object(value).prefix === 'string';

/** @throws AwsError for a pattern that is not supported here: it must not seem to match */
function check(pattern: JsonObject): void {
  for (const wanted of Object.values(pattern)) {
    if (!Array.isArray(wanted)) check(object(wanted));
    else if (!wanted.every((each) => typeof each === 'string' || isPrefix(each))) {
      throw new AwsError('InvalidEventPatternException', 'The local bus knows texts and prefixes alone.');
    }
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html, texts and prefixes. */
function matches(pattern: JsonObject, event: Json): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    const found = object(event)[name];
    if (!Array.isArray(wanted)) return found !== undefined && matches(object(wanted), found);
    return wanted.some((each) =>
      isPrefix(each) ? typeof found === 'string' && found.startsWith(each.prefix) : found === each,
    );
  });
}
