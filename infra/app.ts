/** Entry of the CDK command line (cdk.json): context in, cloud assembly out. */
import { App } from 'aws-cdk-lib';
import { ConfigError, parseConfig } from './config.ts';
import { addPayhooks } from './synth.ts';

const app = new App();
try {
  addPayhooks(app, parseConfig(app.node.tryGetContext('payhooks')));
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  // The message is for whoever edits cdk.json; a stack trace would bury it.
  process.stderr.write(`\n${error.message}\n\n`);
  process.exitCode = 1;
}
