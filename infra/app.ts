/** Entry of the CDK command line (cdk.json): reads the context, writes the cloud assembly. */
import { ConfigError, parseConfig } from './config.ts';
import { addPayhooks, newApp } from './synth.ts';

const app = newApp();
try {
  addPayhooks(app, parseConfig(app.node.tryGetContext('payhooks')));
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  // The person who edits cdk.json reads this message; a stack trace would hide it.
  process.stderr.write(`\n${error.message}\n\n`);
  process.exitCode = 1;
}
