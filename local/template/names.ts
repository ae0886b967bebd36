/** Names, ARNs and URLs of the template's resources on this computer. */
import { type Json, LOCAL_ACCOUNT, LOCAL_REGION, type Names, object, type Resource } from './resolve.ts';

/** The local endpoints, which the template does not contain. */
export interface Places {
  readonly baseUrl: string;
  /** Origin of queue URLs. */
  readonly sqsUrl: string;
}

/** Function name from an ARN (also of a version or an API Gateway invocation) or a plain name. */
export function functionNameOf(value: Json | undefined): string {
  const text = String(value ?? '');
  return /:function:([^:/]+)/.exec(text)?.[1] ?? text.replace(/:[^:]*$/, '');
}

/** The property that holds the name, by resource type. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::CompositeAlarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
};

/**
 * Its own name if the template gives a plain one, or the logical id, in place of the name that CloudFormation would
 * generate.
 */
export function physicalName(logicalId: string, resource: Resource): string {
  const name = resource.Properties?.[NAME_PROPERTIES[resource.Type] ?? ''];
  return typeof name === 'string' ? name : logicalId;
}

export const localArn = (service: string, path: string): string =>
  `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${path}`;

/** The alias refers to its function. */
function aliasArn({ Properties = {} }: Resource, resources: Readonly<Record<string, Resource>>): string {
  const id = String(object(Properties.FunctionName).Ref);
  const target = resources[id];
  const name = target === undefined ? id : physicalName(id, target);
  return localArn('lambda', `function:${name}:${String(Properties.Name)}`);
}

/** The values of `Ref` and `Fn::GetAtt` for the types that functions and mappings refer to. */
export function localNames(places: Places, resources: Readonly<Record<string, Resource>>): Names {
  const arns: Readonly<Record<string, (name: string) => string>> = {
    'AWS::Lambda::Function': (name) => localArn('lambda', `function:${name}`),
    'AWS::SQS::Queue': (name) => localArn('sqs', name),
    'AWS::DynamoDB::GlobalTable': (name) => localArn('dynamodb', `table/${name}`),
    'AWS::DynamoDB::Table': (name) => localArn('dynamodb', `table/${name}`),
    'AWS::SecretsManager::Secret': (name) => localArn('secretsmanager', `secret:${name}`),
    'AWS::Events::EventBus': (name) => localArn('events', `event-bus/${name}`),
    'AWS::Events::Rule': (name) => localArn('events', `rule/${name}`),
    'AWS::KMS::Key': (name) => localArn('kms', `key/${name}`),
    'AWS::IAM::Role': (name) => `arn:aws:iam::${LOCAL_ACCOUNT}:role/${name}`,
    'AWS::Logs::LogGroup': (name) => localArn('logs', `log-group:${name}:*`),
    'AWS::SNS::Topic': (name) => localArn('sns', name),
    'AWS::CloudWatch::Alarm': (name) => localArn('cloudwatch', `alarm:${name}`),
    'AWS::CloudWatch::CompositeAlarm': (name) => localArn('cloudwatch', `alarm:${name}`),
  };
  return {
    ref: (logicalId, resource) => {
      const name = physicalName(logicalId, resource);
      if (resource.Type === 'AWS::SQS::Queue') return `${places.sqsUrl}/${LOCAL_ACCOUNT}/${name}`;
      if (resource.Type === 'AWS::SecretsManager::Secret' || resource.Type === 'AWS::SNS::Topic') {
        return arns[resource.Type]?.(name);
      }
      if (resource.Type === 'AWS::Lambda::Alias') return aliasArn(resource, resources);
      // Other types are known by their name, or by their logical id if a name has no meaning here.
      return name;
    },
    attribute: (logicalId, resource, attribute) => {
      const name = physicalName(logicalId, resource);
      if (attribute === 'Arn' || (attribute === 'TopicArn' && resource.Type === 'AWS::SNS::Topic')) {
        return arns[resource.Type]?.(name);
      }
      if (attribute === 'QueueName' || attribute === 'Name') return name;
      if (attribute === 'QueueUrl') return `${places.sqsUrl}/${LOCAL_ACCOUNT}/${name}`;
      if (resource.Type === 'AWS::ApiGatewayV2::Api' && attribute === 'ApiEndpoint') return places.baseUrl;
      return undefined;
    },
  };
}
