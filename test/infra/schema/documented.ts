/**
 * Allowed values, ranges and patterns from the documentation of CloudFormation, for properties that we use and whose
 * rules the published schemas leave out. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
 */
import type { Json } from '../support.ts';

type Rule = readonly string[] | readonly [number, number] | RegExp;

/** The rules by resource type or definition, and property. */
const RULES: Readonly<Record<string, Rule>> = {
  'AWS::CloudWatch::Alarm.ComparisonOperator': [
    ...['GreaterThanOrEqualToThreshold', 'GreaterThanThreshold', 'LessThanThreshold'],
    ...['LessThanOrEqualToThreshold', 'LessThanLowerOrGreaterThanUpperThreshold'],
    ...['LessThanLowerThreshold', 'GreaterThanUpperThreshold'],
  ],
  'AWS::CloudWatch::Alarm.TreatMissingData': ['breaching', 'notBreaching', 'ignore', 'missing'],
  'AWS::CloudWatch::Alarm.AlarmName': /^[^\p{Cc}]{1,255}$/u,
  'AWS::CloudWatch::Alarm.AlarmDescription': /^[\s\S]{0,1024}$/,
  'AWS::CloudWatch::Dashboard.DashboardName': /^[A-Za-z0-9_-]{1,255}$/,
  'MetricDataQuery.Id': /^[a-z][A-Za-z0-9_]{0,254}$/,
  'MetricDataQuery.Expression': /^[\s\S]{1,2048}$/,
  'AWS::SQS::Queue.QueueName': /^[A-Za-z0-9_-]{1,80}$/,
  'AWS::SQS::Queue.VisibilityTimeout': [0, 43_200],
  'AWS::SQS::Queue.MessageRetentionPeriod': [60, 1_209_600],
  'AWS::DynamoDB::GlobalTable.TableName': /^[A-Za-z0-9_.-]{3,255}$/,
  'AWS::DynamoDB::GlobalTable.BillingMode': ['PROVISIONED', 'PAY_PER_REQUEST'],
  'AttributeDefinition.AttributeType': ['S', 'N', 'B'],
  'KeySchema.KeyType': ['HASH', 'RANGE'],
  'Projection.ProjectionType': ['ALL', 'KEYS_ONLY', 'INCLUDE'],
  'AWS::Lambda::Function.FunctionName': /^[A-Za-z0-9_-]{1,64}$/,
  'AWS::Lambda::Function.Description': /^[\s\S]{0,256}$/,
  'AWS::Lambda::Function.MemorySize': [128, 10_240],
  'AWS::Lambda::Function.Timeout': [1, 900],
  'AWS::Lambda::Function.Runtime': ['nodejs24.x'],
  'AWS::Lambda::Function.Architectures[]': ['x86_64', 'arm64'],
  'AWS::Lambda::EventSourceMapping.BatchSize': [1, 10_000],
  'AWS::Lambda::EventSourceMapping.FunctionResponseTypes[]': ['ReportBatchItemFailures'],
  'ScalingConfig.MaximumConcurrency': [2, 1_000],
  'AWS::ApiGatewayV2::Api.ProtocolType': ['HTTP', 'WEBSOCKET'],
  'AWS::ApiGatewayV2::Integration.IntegrationType': ['AWS_PROXY'],
  'AWS::ApiGatewayV2::Integration.PayloadFormatVersion': ['1.0', '2.0'],
  'AWS::ApiGatewayV2::Integration.TimeoutInMillis': [50, 30_000],
  'AWS::ApiGatewayV2::Route.AuthorizationType': ['NONE', 'AWS_IAM', 'JWT', 'CUSTOM'],
  'AWS::ApiGatewayV2::Route.RouteKey': /^(?:\$default|[A-Z]+ \/[A-Za-z0-9_.{}+/-]*)$/,
  'DomainNameConfiguration.EndpointType': ['REGIONAL'],
  'DomainNameConfiguration.SecurityPolicy': ['TLS_1_2', 'TLS_1_0'],
  'AWS::Events::Rule.Name': /^[A-Za-z0-9_.-]{1,64}$/,
  'AWS::Events::Rule.ScheduleExpression': /^(?:rate|cron)\(.{1,240}\)$/,
  'AWS::Events::EventBus.Name': /^[A-Za-z0-9_./-]{1,256}$/,
  'AWS::Events::Archive.ArchiveName': /^[A-Za-z0-9_.-]{1,48}$/,
  'AWS::KMS::Alias.AliasName': /^alias\/[A-Za-z0-9/_-]{1,250}$/,
  'AWS::SecretsManager::Secret.Name': /^[A-Za-z0-9/_+=.@-]{1,512}$/,
  'GenerateSecretString.PasswordLength': [1, 4_096],
  'AWS::Logs::LogGroup.LogGroupName': /^[A-Za-z0-9._/#-]{1,512}$/,
  'AWS::Logs::QueryDefinition.QueryString': /^[\s\S]{1,10000}$/,
  'AWS::SNS::Subscription.Protocol': ['email', 'https', 'sqs', 'lambda', 'sms'],
};

/** The documented rule that a value breaks; undefined: the value breaks no rule, or is an intrinsic function. */
export function problemOf(place: string, value: Json): string | undefined {
  const rule = RULES[place];
  if (rule === undefined || (typeof value === 'object' && value !== null)) return undefined;
  if (rule instanceof RegExp) return rule.test(String(value)) ? undefined : `does not match ${rule}`;
  const [first, last] = rule;
  if (typeof first === 'number' && typeof last === 'number') {
    const number = Number(value);
    return number >= first && number <= last ? undefined : `is not between ${first} and ${last}`;
  }
  return rule.some((allowed) => allowed === value) ? undefined : `is none of ${rule.join(', ')}`;
}

export const DOCUMENTED: readonly string[] = Object.keys(RULES);
