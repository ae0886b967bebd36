/** Entry of the CDK command line (cdk.json): context in, cloud assembly out. */
import { ConfigError, parseConfig } from './config.ts';
import { addPayhooks, newApp } from './synth.ts';

const app = newApp();
try {
  addPayhooks(app, parseConfig(app.node.tryGetContext('payhooks')));
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  // The message is for whoever edits cdk.json; a stack trace would bury it.
  process.stderr.write(`\n${error.message}\n\n`);
  process.exitCode = 1;
}
