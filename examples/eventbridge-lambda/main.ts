/** `npx cdk synth --app "npx node examples/eventbridge-lambda/main.ts"`; `deploy` likewise, beside the stack of Payhooks. */
import { App } from 'aws-cdk-lib';
import { ConsumerStack } from './stack.ts';

new ConsumerStack(new App(), 'PayhooksConsumer', { environment: 'sandbox' });
